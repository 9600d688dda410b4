import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { type DatabaseName, databaseNames } from '../../config/settings.js';
import { pgPool } from '../../database/pg-pool.js';
import { type AuditPosition, compareAscending } from './audit-position.js';
import { type AuditRequest, AuditSource, type PlacedEntry, type ReadSize } from './audit-source.js';
import { type AuditedResource, auditedResources } from './audited-resource.js';

/** A part of the trail, newest first. */
export interface AuditPage {
  readonly entries: readonly PlacedEntry[];
  /** Where to go on; undefined at the end of the trail. */
  readonly next: AuditPosition | undefined;
}

/**
 * The audit trail of the service: the changes of both databases and the security events as one list, newest
 * first.
 */
@Injectable()
export class AuditTrail {
  private readonly sources: readonly AuditSource[];

  constructor(
    @InjectDataSource('policy') policy: DataSource,
    @InjectDataSource('market') market: DataSource,
    @Inject(auditedResources) resources: readonly AuditedResource[],
  ) {
    const pools = { policy: pgPool(policy), market: pgPool(market) };
    const types = new Map(resources.map(({ name, type }) => [name, type]));
    const changesOf = (database: DatabaseName, rank: number): AuditSource => {
      const own = resources.filter((resource) => resource.database === database);
      const table = { rank, relation: 'hms.changes', instant: 'changed_at' } as const;
      return new AuditSource({ ...table, resources: own.map(({ name }) => name) }, pools[database], types);
    };
    const eventsOf = (database: DatabaseName, rank: number): AuditSource => {
      const table = { rank, relation: 'hms.security_events', instant: 'occurred_at' } as const;
      return new AuditSource({ ...table, resources: [] }, pools[database], types);
    };
    this.sources = databaseNames.flatMap((database, index) => [
      eventsOf(database, 2 * index),
      changesOf(database, 2 * index + 1),
    ]);
  }

  /**
   * Reads on from a place. A page may have fewer entries than its limit, even none, and still not be the
   * last: where the filters find little, a page ends when enough rows were looked at.
   *
   * Whatever was committed before the first page is read is found exactly once, whatever is added meanwhile.
   */
  async page(
    request: AuditRequest,
    before: AuditPosition | undefined,
    { limit, window }: ReadSize,
  ): Promise<AuditPage> {
    const sources = this.sources.filter((source) => source.serves(request.filter));
    // One more than fits shows whether there is another page.
    const slices = await Promise.all(
      sources.map((source) => source.read(request, before, { limit: limit + 1, window })),
    );
    const reach = slices
      .flatMap((slice) => slice.reach ?? [])
      .toSorted(compareAscending)
      .at(-1);
    const entries = slices
      .flatMap((slice) => slice.entries)
      .filter(({ position }) => !reach || compareAscending(position, reach) >= 0)
      .toSorted((a, b) => compareAscending(b.position, a.position));
    if (entries.length <= limit) return { entries, next: reach };
    const page = entries.slice(0, limit);
    return { entries: page, next: page.at(-1)?.position };
  }
}
