import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../database/pg-transaction.js';
import type { SyncedResource } from '../synced-resource.js';
import { walkToFill } from './fill-walk.js';
import { walkToReplay } from './replay-walk.js';
import { walkToResync } from './resync-walk.js';
import type { JobKind, Stride, SyncJob, Walk } from './sync-job.js';

const walks: Readonly<Record<JobKind, Walk>> = {
  fill: walkToFill,
  resync: walkToResync,
  replay: walkToReplay,
};

interface JobRow extends Omit<SyncJob, 'resource' | 'record' | 'after'> {
  readonly resource: string;
  readonly afterAgency: string;
  readonly afterId: string;
  readonly recordAgency: string | null;
  readonly recordId: string | null;
  readonly hasBarrier: boolean;
  /** The writers that may not have seen the target are gone. */
  readonly isOpen: boolean;
}

/**
 * `idle`: no job is under way. `moved`: one has gone a step further. `waiting`: each waits for writers, for
 * another process, or for its target to take what is due.
 */
export type JobProgress = 'idle' | 'waiting' | 'moved';

/**
 * Takes the jobs of one database further, step by step. Live changes flow meanwhile, and do not queue up behind a
 * million older records: records are marked only as fast as the target takes what is due.
 *
 * Several processes may do this at once: each step is taken by one of them. Any of them may die at any point: a
 * step marks its records and moves the job on in one transaction.
 */
export class JobRunner {
  private readonly resources: ReadonlyMap<string, SyncedResource>;

  constructor(
    private readonly pool: Pool,
    resources: readonly SyncedResource[],
    /** Records in one transaction; with so many due, a target gets no more for the time being. */
    private readonly batchSize = 500,
  ) {
    this.resources = new Map(resources.map((resource) => [resource.name, resource]));
  }

  /** Takes each job one step further. */
  async step(): Promise<JobProgress> {
    const { rows } = await this.pool.query<{ id: number }>({ name: 'sync-jobs', text: runningJobs });
    let progress: JobProgress = rows.length > 0 ? 'waiting' : 'idle';
    for (const { id } of rows)
      if (await inTransaction(this.pool, (client) => this.stepOf(client, id))) progress = 'moved';
    return progress;
  }

  private async stepOf(client: PoolClient, id: number): Promise<boolean> {
    const row = await this.take(client, id);
    const resource = row && this.resources.get(row.resource);
    if (!row || !resource) return false;
    if (!row.hasBarrier) {
      // A transaction id younger than that of any writer that may not have seen the target as it is now. The id
      // of the transaction which made the job would not do: one that began later, but read the targets before
      // that was committed, missed it as well.
      await client.query('UPDATE hms.sync_jobs SET barrier = pg_current_xact_id() WHERE id = $1', [id]);
      return false;
    }
    if (!row.isOpen) return false;
    const stride = await walks[row.kind](client, jobOf(row, resource), this.batchSize);
    await moveOn(client, row, stride);
    return stride.atEnd || stride.after.agency !== row.afterAgency || stride.after.id !== row.afterId;
  }

  /** Locks a job that may go on now, and that no other process is at work on. */
  private async take(client: PoolClient, id: number): Promise<JobRow | undefined> {
    const { rows } = await client.query<JobRow>({
      name: 'sync-take-job',
      text: takeJob,
      values: [id, this.batchSize],
    });
    return rows[0];
  }
}

function jobOf(row: JobRow, resource: SyncedResource): SyncJob {
  const { recordAgency, recordId } = row;
  return {
    ...row,
    resource,
    after: { agency: row.afterAgency, id: row.afterId },
    record: recordAgency === null || recordId === null ? null : { agency: recordAgency, id: recordId },
  };
}

async function moveOn(client: PoolClient, { id }: JobRow, { records, after, atEnd }: Stride): Promise<void> {
  await client.query(
    `UPDATE hms.sync_jobs
     SET records = records + $2, after_agency = $3, after_id = $4,
       state = CASE WHEN $5 THEN 'done' ELSE state END, finished_at = CASE WHEN $5 THEN clock_timestamp() END
     WHERE id = $1`,
    [id, records, after.agency, after.id, atEnd],
  );
}

const runningJobs = `SELECT id FROM hms.sync_jobs WHERE state = 'running' ORDER BY id`;

// A replay marks what the target already had, so it need not wait for writers.
const takeJob = `
SELECT j.id, j.kind, j.target_id AS "targetId", t.resource, t.agency, j.since::text, j.since_version AS "sinceVersion",
  j.agency AS "recordAgency", j.record_id AS "recordId", j.after_agency AS "afterAgency", j.after_id AS "afterId",
  j.kind = 'replay' OR j.barrier IS NOT NULL AS "hasBarrier",
  j.kind = 'replay' OR j.barrier < pg_snapshot_xmin(pg_current_snapshot()) AS "isOpen"
FROM hms.sync_jobs j JOIN hms.sync_targets t ON t.id = j.target_id
WHERE j.id = $1 AND j.state = 'running' AND NOT t.detached AND $2 > (SELECT count(*) FROM (
  SELECT FROM hms.sync_cursors c WHERE c.target_id = j.target_id AND c.due_at <= now() LIMIT $2) due)
FOR UPDATE OF j SKIP LOCKED`;
