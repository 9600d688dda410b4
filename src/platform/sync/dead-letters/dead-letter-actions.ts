import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { RequestContext } from '../../auth/request-context.js';
import { inTransaction } from '../../database/pg-transaction.js';
import { ChangeSignal } from '../change-signal.js';
import { OperatorActions } from '../operator-actions.js';
import type { SyncedResource } from '../synced-resource.js';
import { type VisibleTarget, VisibleTargets } from '../targets/visible-targets.js';
import type { RetryDeadLettersDto, SkipDeadLettersDto } from './dead-letter-action.dto.js';
import type { DeadLetterCountDto } from './dead-letter.dto.js';
import { lastAttempt, refusedVersion } from './dead-letter-list.js';

/** Dead letters that are released in one transaction, and by one request. */
const batchSize = 100;
const requestLimit = 10_000;
/** Milliseconds for which a request tries to get at cursors that writers hold, and between two tries. */
const patience = 5_000;
const blockedPause = 50;

interface Release {
  readonly action: 'sync.dead-letter.retried' | 'sync.dead-letter.skipped';
  readonly statement: string;
  /** What is written into the audit trail beside the version. */
  readonly note: string;
}

/**
 * Lets dead letters go on: from the refused version again, or past it. Each is an entry in the audit trail,
 * written in the same transaction.
 */
@Injectable()
export class DeadLetterActions {
  constructor(
    private readonly targets: VisibleTargets,
    private readonly operations: OperatorActions,
    private readonly signal: ChangeSignal,
  ) {}

  retry(
    context: RequestContext,
    resource: SyncedResource,
    filter: RetryDeadLettersDto,
  ): Promise<DeadLetterCountDto> {
    return this.release(context, resource, filter, {
      action: 'sync.dead-letter.retried',
      statement: retryStatement,
      note: context.reason ?? '',
    });
  }

  skip(
    context: RequestContext,
    resource: SyncedResource,
    filter: SkipDeadLettersDto,
  ): Promise<DeadLetterCountDto> {
    return this.release(context, resource, filter, {
      action: 'sync.dead-letter.skipped',
      statement: skipStatement,
      note: filter.reason,
    });
  }

  private async release(
    context: RequestContext,
    resource: SyncedResource,
    { target: id, recordIds, status }: RetryDeadLettersDto,
    release: Release,
  ): Promise<DeadLetterCountDto> {
    const target = await this.targets.find(context.caller, resource, id);
    const pool = this.targets.pool(resource);
    const deadline = performance.now() + patience;
    const values = [id, recordIds ?? null, status ?? null, await nowOf(pool)];
    let count = 0;
    let remaining = true;
    while (remaining && count < requestLimit) {
      const released = await this.releaseBatch(pool, { context, resource, target, release, values });
      count += released;
      remaining = released === batchSize || (await isLeft(pool, values));
      if (released > 0) this.signal.notify(resource.database);
      if (remaining && released < batchSize) {
        if (performance.now() > deadline) break;
        await pause(blockedPause);
      }
    }
    return { count, remaining };
  }

  private async releaseBatch(
    pool: Pool,
    work: {
      readonly context: RequestContext;
      readonly resource: SyncedResource;
      readonly target: VisibleTarget;
      readonly release: Release;
      readonly values: readonly unknown[];
    },
  ): Promise<number> {
    const { context, resource, target, release, values } = work;
    return inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ agency: string; recordId: string; version: number }>(
        release.statement,
        [...values, batchSize],
      );
      for (const { agency, recordId, version } of rows)
        await this.operations.record(client, {
          action: release.action,
          context,
          resource: resource.name,
          agency,
          recordId,
          reason: `target ${target.id} (${target.name}), version ${version}${release.note && `: ${release.note}`}`,
        });
      return rows.length;
    });
  }
}

async function nowOf(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
  return rows[0]?.now ?? '';
}

async function isLeft(pool: Pool, values: readonly unknown[]): Promise<boolean> {
  const { rowCount } = await pool.query(`SELECT FROM hms.sync_cursors c WHERE ${wanted} LIMIT 1`, [
    ...values,
  ]);
  return rowCount === 1;
}

// Those that become dead letters while the request runs are not meant.
const wanted = `c.target_id = $1 AND c.held_at <= $4::timestamptz AND ($2::text[] IS NULL OR c.record_id = ANY ($2))
  AND ($3::int IS NULL OR c.last_status = $3)`;

// A new number, so that an acknowledgement under way counts for nothing.
const released = `held_at = NULL, attempts = 0, starts = 0, alone = 0, claim = nextval('hms.sync_claims'),
  claimed_until = NULL`;

const batch = `
WITH locked AS MATERIALIZED (
  SELECT c.* FROM hms.sync_cursors c WHERE ${wanted} ORDER BY c.id LIMIT $5 FOR UPDATE SKIP LOCKED),
batch AS MATERIALIZED (
  SELECT c.id, ${refusedVersion} AS version FROM locked c JOIN hms.sync_targets t ON t.id = c.target_id ${lastAttempt})`;

const retryStatement = `${batch}
UPDATE hms.sync_cursors c SET ${released}, due_at = clock_timestamp()
FROM batch WHERE c.id = batch.id
RETURNING c.agency, c.record_id AS "recordId", batch.version`;

const skipStatement = `${batch}
UPDATE hms.sync_cursors c
SET ${released}, resync = NULL, delivered_version = batch.version,
  due_at = CASE WHEN c.latest_version > batch.version THEN clock_timestamp() END,
  pending_since = CASE WHEN c.latest_version > batch.version THEN coalesce(
    (SELECT h.changed_at FROM hms.changes h JOIN hms.sync_targets t ON t.id = c.target_id
     WHERE h.resource = t.resource AND h.agency = c.agency AND h.record_id = c.record_id
       AND h.version = batch.version + 1), c.pending_since) END
FROM batch WHERE c.id = batch.id
RETURNING c.agency, c.record_id AS "recordId", batch.version`;
