import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { CommittedChange } from '../../auth/request-context.js';
import type { DatabaseName } from '../../config/settings.js';
import { pgPool } from '../../database/pg-pool.js';
import { syncedResources } from '../synced-resource.js';
import type { SyncedResource } from '../synced-resource.js';
import { type DeliveryState, sumOf } from './delivery-state.js';
import { DeliveryWatch } from './delivery-watch.js';

/** How many may wait for one database at once. Who comes then is told what is known, which is nothing. */
const mostWaiters = 1_000;

/** Lets requests wait until what they changed is delivered, by whatever process. */
@Injectable()
export class DeliveryWaiter implements BeforeApplicationShutdown {
  private readonly watches: Readonly<Record<DatabaseName, DeliveryWatch>>;
  private readonly stopping = new AbortController();

  constructor(
    @InjectDataSource('policy') policy: DataSource,
    @InjectDataSource('market') market: DataSource,
    @Inject(syncedResources) private readonly resources: readonly SyncedResource[],
  ) {
    this.watches = {
      policy: new DeliveryWatch(pgPool(policy)),
      market: new DeliveryWatch(pgPool(market)),
    };
  }

  /** Whoever waits is answered with what is known: the service stops. */
  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  /** How many wait. */
  get waiting(): number {
    return Object.values(this.watches).reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Waits until every target has these changes or holds their record, at most so many milliseconds. Never
   * rejects.
   *
   * @param gone ends the wait: nobody is there to be told
   * @returns how far the delivery was seen to have got; undefined where that is not known
   */
  async wait(
    changes: readonly CommittedChange[],
    milliseconds: number,
    gone: AbortSignal,
  ): Promise<DeliveryState | undefined> {
    const end = AbortSignal.any([gone, this.stopping.signal]);
    const states = await Promise.all(
      changes.map((change) => {
        const watch = this.watchOf(change);
        return watch.size < mostWaiters ? watch.wait(change, milliseconds, end) : Promise.resolve(undefined);
      }),
    );
    const known = states.flatMap((state) => state ?? []);
    return known.length === states.length ? sumOf(known) : undefined;
  }

  private watchOf({ resource }: CommittedChange): DeliveryWatch {
    const found = this.resources.find(({ name }) => name === resource);
    if (!found) throw new Error(`There is no resource ${resource}.`);
    return this.watches[found.database];
  }
}
