import { Inject, Injectable, type PipeTransform } from '@nestjs/common';
import { type SyncedResource, syncedResources } from './synced-resource.js';
import { targetProblems } from './targets/target-problems.js';

/** Reads the name of a resource in a path. */
@Injectable()
export class SyncedResourcePipe implements PipeTransform<string, SyncedResource> {
  constructor(@Inject(syncedResources) private readonly resources: readonly SyncedResource[]) {}

  transform(name: string): SyncedResource {
    const resource = this.resources.find((known) => known.name === name);
    if (!resource) throw targetProblems.noResource(name);
    return resource;
  }
}
