import { type DynamicModule, Module } from '@nestjs/common';
import type { Resource } from '../records/resource.js';
import { IntegrityModule } from './integrity/integrity.module.js';
import { TrailModule } from './trail/trail.module.js';

/** What an auditor is given: who did what, and the proof that nobody has changed the answer since. */
@Module({})
export class AuditModule {
  /** @param resources whose changes are in the logs, of both databases */
  static forRoot(resources: readonly Resource[]): DynamicModule {
    return {
      module: AuditModule,
      imports: [TrailModule.forRoot(resources), IntegrityModule.forRoot(resources)],
    };
  }
}
