import type { PoolClient } from 'pg';
import { revokedClaim } from '../delivery/cursor-store.js';
import { lockCursors } from './record-batch.js';
import { mayReplay } from './replay-lock.js';
import { strideOver } from './stride.js';
import type { RecordKey, SyncJob, Walk } from './sync-job.js';

/** A record that a replay comes to. */
interface ReplayRecord extends RecordKey {
  readonly cursor: string;
  /** The first version that is to be sent again; null: none. */
  readonly first: number | null;
  /** Not all versions from the first on are in the log. */
  readonly hasGap: boolean;
}

/**
 * Sends versions again that a target already had: its cursors are set back to before the first of them, so the
 * versions of a record come in order, with the ids that they had. What the target does not have yet comes
 * anyway, and what is held goes on waiting for its operator. A record that waits for its resync gets that alone.
 */
export const walkToReplay: Walk = async (client, job, batchSize) => {
  if (!(await mayReplay(client))) return { after: job.after, atEnd: false, records: 0 };
  const batch = await readRecords(client, job, batchSize);
  const wanted = batch.filter(({ first }) => first !== null);
  const locked = await lockCursors(
    client,
    wanted.map(({ cursor }) => cursor),
  );
  const { taken, stride } = strideOver(
    job,
    batch,
    batchSize,
    ({ first, cursor }) => first === null || locked.has(cursor),
  );
  const rewound = taken.filter(({ first }) => first !== null);
  await setBack(client, job.id, rewound);
  const atEnd = stride.atEnd || (job.record !== null && taken.length === batch.length);
  return { ...stride, atEnd, records: rewound.length };
};

/**
 * The next cursors of the target. What a retention removed cannot be sent again: the first version that is
 * still there counts.
 */
async function readRecords(
  client: PoolClient,
  { targetId, resource, after, record, since, sinceVersion }: SyncJob,
  batchSize: number,
): Promise<ReplayRecord[]> {
  const range = record === null ? '(c.agency, c.record_id) > ($2, $3)' : 'c.agency = $2 AND c.record_id = $3';
  const { agency, id } = record ?? after;
  const { rows } = await client.query<ReplayRecord>(
    `SELECT c.agency, c.record_id AS id, c.id AS cursor, h.first,
       h.versions <> c.latest_version - h.first + 1 AS "hasGap"
     FROM (SELECT c.* FROM hms.sync_cursors c WHERE c.target_id = $1 AND ${range}
       ORDER BY c.agency, c.record_id LIMIT $4) c
     CROSS JOIN LATERAL (SELECT min(h.version) AS first, count(*) AS versions FROM hms.changes h
       WHERE h.resource = $5 AND h.agency = c.agency AND h.record_id = c.record_id AND c.held_at IS NULL
         AND h.version <= c.latest_version
         AND h.version >= coalesce($6::int, hms.version_at($5, c.agency, c.record_id,
           $7::timestamptz - interval '1 microsecond') + 1, 1)) h
     ORDER BY c.agency, c.record_id`,
    [targetId, agency, id, batchSize, resource.name, sinceVersion, since],
  );
  return rows;
}

/**
 * An acknowledgement that is under way changes nothing. Where versions are missing, the newest one stands for all
 * of them.
 */
async function setBack(client: PoolClient, job: number, records: readonly ReplayRecord[]): Promise<void> {
  await client.query(
    `UPDATE hms.sync_cursors c
     SET delivered_version = CASE WHEN k.has_gap THEN c.delivered_version
         ELSE least(c.delivered_version, k.first - 1) END,
       resync = CASE WHEN k.has_gap THEN $1 ELSE c.resync END, claim = ${revokedClaim},
       starts = 0, alone = 0, attempts = 0, pending_since = coalesce(c.pending_since, clock_timestamp()),
       due_at = clock_timestamp()
     FROM unnest($2::bigint[], $3::int[], $4::boolean[]) k (id, first, has_gap)
     WHERE c.id = k.id AND c.held_at IS NULL AND c.delivered_version >= k.first`,
    [
      job,
      records.map(({ cursor }) => cursor),
      records.map(({ first }) => first),
      records.map(({ hasGap }) => hasGap),
    ],
  );
}
