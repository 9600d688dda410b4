import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';
import type { RequestContext } from '../../auth/request-context.js';
import type { DatabaseName } from '../../config/settings.js';
import { pgPool } from '../../database/pg-pool.js';
import { inTransaction } from '../../database/pg-transaction.js';
import type { AcceptedVersions } from '../../http/precondition.js';
import { OperatorActions } from '../operator-actions.js';
import { SyncService } from '../sync.service.js';
import type { SyncedResource } from '../synced-resource.js';
import { targetProblems } from './target-problems.js';
import { isPlatform } from '../platform-scope.js';
import { lockTarget, readTarget, type StoredTarget, type TargetKey } from './target-store.js';

/** Which target a caller asks for. */
export interface TargetRequest {
  readonly context: RequestContext;
  readonly resource: SyncedResource;
  readonly id: number;
  /** Revisions on which a change may be based; undefined: any. */
  readonly accepted?: AcceptedVersions | undefined;
}

/** What a change of a target did, in words for the audit trail; undefined: nothing. */
type Deed = string | undefined;

/**
 * Reads and changes targets for callers, who see those of their agency, or with the scope `platform:sync`
 * all. A change is one transaction with its entry in the audit trail. When it resolves, this process goes by
 * it, and all others do within a second.
 */
@Injectable()
export class TargetTransactions {
  private readonly pools: Readonly<Record<DatabaseName, Pool>>;

  constructor(
    @InjectDataSource('policy') policy: DataSource,
    @InjectDataSource('market') market: DataSource,
    private readonly sync: SyncService,
    private readonly operations: OperatorActions,
  ) {
    this.pools = { policy: pgPool(policy), market: pgPool(market) };
  }

  pool({ database }: SyncedResource): Pool {
    return this.pools[database];
  }

  /** @throws {ProblemError} `not-found` */
  async read(request: TargetRequest): Promise<StoredTarget> {
    const target = await readTarget(this.pool(request.resource), keyOf(request));
    if (!target) throw targetProblems.notFound(request.resource.name, request.id);
    return target;
  }

  /**
   * Changes a target.
   *
   * @param action as the audit trail names it, such as `sync.target.paused`
   * @param work changes the row, which is locked; where it does nothing, nothing is recorded
   * @returns the target as it is then; one that was deleted as it was
   * @throws {ProblemError} `not-found`, `precondition-failed`, and what the work throws
   */
  async change(
    request: TargetRequest,
    action: string,
    work: (client: PoolClient, target: StoredTarget) => Promise<Deed>,
  ): Promise<StoredTarget> {
    const { context, resource, id, accepted } = request;
    return this.run(resource, async (client) => {
      const target = await lockTarget(client, keyOf(request));
      if (!target) throw targetProblems.notFound(resource.name, id);
      if (accepted && !accepted.includes(target.revision)) throw targetProblems.preconditionFailed();
      const deed = await work(client, target);
      if (deed === undefined) return target;
      await client.query(
        'UPDATE hms.sync_targets SET revision = revision + 1, updated_at = now() WHERE id = $1',
        [id],
      );
      await this.record(client, context, action, target, deed);
      return (await readTarget(client, keyOf(request))) ?? target;
    });
  }

  /** Does work in a transaction, after which the dispatchers of this process know the targets anew. */
  async run<Result>(
    resource: SyncedResource,
    work: (client: PoolClient) => Promise<Result>,
  ): Promise<Result> {
    const result = await inTransaction(this.pool(resource), work);
    await this.sync.targetsChanged(resource.database);
    return result;
  }

  /** Writes the entry of what was done to a target. */
  async record(
    client: Pick<PoolClient, 'query'>,
    context: RequestContext,
    action: string,
    { id, name, resource, agency }: Pick<StoredTarget, 'id' | 'name' | 'resource' | 'agency'>,
    deed: string,
  ): Promise<void> {
    const about = `target ${id} (${name})${deed && `: ${deed}`}`;
    const reason = context.reason === undefined ? about : `${about}; ${context.reason}`;
    await this.operations.record(client, { action, context, resource, agency, reason });
  }
}

function keyOf({ context: { caller }, resource, id }: TargetRequest): TargetKey {
  return { resource: resource.name, id, agency: isPlatform(caller) ? undefined : caller.agency };
}
