import type { Logger } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import type { Settings } from '../../config/settings.js';
import { inTransaction } from '../../database/pg-transaction.js';
import { keyLifetime } from '../../http/idempotency-key.js';

/** Rows that are deleted in one transaction. */
const batchSize = 1000;

interface DetachedTarget {
  readonly id: number;
  readonly name: string;
  readonly resource: string;
}

/**
 * Removes what is no longer needed, a little in each turn, so that it holds up nobody. Several processes may do this at
 * once.
 */
export class Housekeeping {
  constructor(
    private readonly pool: Pool,
    private readonly settings: Pick<Settings['sync'], 'pauseLimit' | 'attemptRetention'>,
    private readonly log: Pick<Logger, 'warn'>,
  ) {}

  /** One turn, of a few small transactions. @returns whether there is more to remove */
  async turn(): Promise<boolean> {
    const { attemptRetention } = this.settings;
    await this.detach();
    const cursors = await this.deleteUnusedCursors();
    const { rowCount: attempts } = await this.pool.query(deleteOldAttempts, [batchSize, attemptRetention]);
    await this.pool.query(deleteOldJobs, [attemptRetention]);
    const { rowCount: keys } = await this.pool.query(deleteOldKeys, [batchSize, keyLifetime]);
    return cursors || attempts === batchSize || keys === batchSize;
  }

  /**
   * Lets targets go that have been paused for too long: their cursors, and with them the hold on the log, would
   * grow without end. When such a target is resumed, it gets everything anew.
   */
  private async detach(): Promise<void> {
    const detached = await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<DetachedTarget>(detachTargets, [this.settings.pauseLimit]);
      await client.query(cancelJobs, [rows.map(({ id }) => id)]);
      return rows;
    });
    for (const { name, resource } of detached)
      this.log.warn(
        `Sync of ${resource} to ${name}: paused for too long (SYNC_PAUSE_LIMIT). Its waiting changes are given up; ` +
          'when it is resumed, it gets all records anew.',
      );
  }

  /**
   * Deletes cursors of targets that are detached or gone, except those that a writer or an acknowledgement holds at
   * this moment: they go in the next turn. No new ones are made.
   *
   * @returns whether there are some left
   */
  private async deleteUnusedCursors(): Promise<boolean> {
    const { rows } = await this.pool.query<{ id: number }>(unusedTargets);
    let left = false;
    for (const { id } of rows)
      if (await inTransaction(this.pool, (client) => deleteCursors(client, id))) left = true;
    return left;
  }
}

/**
 * Whoever attaches the target again waits for this transaction, so that none of the new cursors is deleted.
 *
 * @returns whether there are some left
 */
async function deleteCursors(client: PoolClient, targetId: number): Promise<boolean> {
  const { rows } = await client.query<{ detached: boolean }>(
    'SELECT detached FROM hms.sync_targets WHERE id = $1 FOR SHARE',
    [targetId],
  );
  if (rows[0]?.detached === false) return false;
  await client.query(
    `DELETE FROM hms.sync_cursors WHERE id = ANY (ARRAY(
       SELECT id FROM hms.sync_cursors WHERE target_id = $1 ORDER BY agency, record_id LIMIT $2
       FOR UPDATE SKIP LOCKED))`,
    [targetId, batchSize],
  );
  const { rowCount } = await client.query('SELECT FROM hms.sync_cursors WHERE target_id = $1 LIMIT 1', [
    targetId,
  ]);
  return rowCount === 1;
}

const detachTargets = `
UPDATE hms.sync_targets SET detached = true, revision = revision + 1, updated_at = now()
WHERE paused AND NOT detached AND paused_at < now() - $1::float8 * interval '1 millisecond'
RETURNING id, name, resource`;

const cancelJobs = `
UPDATE hms.sync_jobs SET state = 'cancelled', finished_at = clock_timestamp()
WHERE target_id = ANY ($1::int[]) AND state = 'running'`;

/** Jumps from target to target in the index, in place of reading all cursors. */
const unusedTargets = `
WITH RECURSIVE target AS (
  SELECT min(target_id) AS id FROM hms.sync_cursors
  UNION ALL
  SELECT (SELECT min(c.target_id) FROM hms.sync_cursors c WHERE c.target_id > target.id) FROM target
  WHERE target.id IS NOT NULL)
SELECT id FROM target
WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM hms.sync_targets WHERE NOT detached)`;

/** The oldest have the lowest numbers, so one look at those tells whether there is anything to delete. */
const deleteOldAttempts = `
DELETE FROM hms.sync_attempts WHERE id = ANY (ARRAY(
  SELECT oldest.id FROM (SELECT id, attempted_at FROM hms.sync_attempts ORDER BY id LIMIT $1) oldest
  WHERE oldest.attempted_at < now() - $2::float8 * interval '1 millisecond'))`;

const deleteOldJobs = `
DELETE FROM hms.sync_jobs WHERE state <> 'running' AND finished_at < now() - $1::float8 * interval '1 millisecond'`;

/** Idempotency keys whose time is over: they are not looked at any more. */
const deleteOldKeys = `
DELETE FROM hms.idempotency_keys WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM hms.idempotency_keys WHERE used_at < now() - $2::float8 * interval '1 millisecond'
  ORDER BY used_at LIMIT $1 FOR UPDATE SKIP LOCKED))`;
