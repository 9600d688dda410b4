import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import type { DatabaseName } from '../../config/settings.js';
import { pgPool } from '../../database/pg-pool.js';
import { isPlatform } from '../platform-scope.js';
import type { SyncedResource } from '../synced-resource.js';
import { targetProblems } from './target-problems.js';

/** What a request may know of a target. */
export interface VisibleTarget {
  readonly id: number;
  readonly name: string;
  /** Whose changes it gets; null: everybody's. */
  readonly agency: string | null;
  readonly url: string;
  readonly mode: 'every' | 'latest';
  readonly paused: boolean;
  readonly detached: boolean;
}

/** The targets that a caller sees: those of the own agency; with the scope `platform:sync` all. */
@Injectable()
export class VisibleTargets {
  private readonly pools: Readonly<Record<DatabaseName, Pool>>;

  constructor(
    @InjectDataSource('policy') policy: DataSource,
    @InjectDataSource('market') market: DataSource,
  ) {
    this.pools = { policy: pgPool(policy), market: pgPool(market) };
  }

  pool({ database }: SyncedResource): Pool {
    return this.pools[database];
  }

  /** The agency whose targets a caller sees; null: all of them. */
  agencyOf(caller: Caller): string | null {
    return isPlatform(caller) ? null : caller.agency;
  }

  /** @throws {ProblemError} `not-found` */
  async find(
    caller: Caller,
    resource: SyncedResource,
    id: number,
    client: Pool | PoolClient = this.pool(resource),
  ): Promise<VisibleTarget> {
    const { rows } = await client.query<VisibleTarget>({
      name: 'sync-visible-target',
      text: findStatement,
      values: [id, resource.name, this.agencyOf(caller)],
    });
    const [target] = rows;
    if (!target) throw targetProblems.notFound(resource.name, id);
    return target;
  }
}

const findStatement = `
SELECT id, name, agency, url, mode, paused, detached FROM hms.sync_targets
WHERE id = $1 AND resource = $2 AND ($3::text IS NULL OR agency = $3)`;
