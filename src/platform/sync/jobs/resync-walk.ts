import type { PoolClient } from 'pg';
import { revokedClaim } from '../delivery/cursor-store.js';
import {
  type BatchRecord,
  insertCursors,
  keyOf,
  lockCursors,
  lockRecords,
  readBatch,
} from './record-batch.js';
import { strideOver } from './stride.js';
import type { RecordKey, SyncJob, Walk } from './sync-job.js';

/** A record that is locked through its cursor, or itself where it has none. */
interface Taken extends RecordKey {
  readonly version: number;
  readonly cursor: string | null;
}

/**
 * Lets a target get the newest version of every record, deleted ones included, whatever it had before. One that
 * is held goes on waiting for its operator, and is brought in line when it is let go.
 */
export const walkToResync: Walk = async (client, job, batchSize) => {
  const batch = await readBatch(client, job, batchSize);
  const records = await lockAll(client, job, batch);
  const { taken, stride } = strideOver(job, batch, batchSize, (record) => records.has(keyOf(record)));
  const marked = taken.flatMap((record) => records.get(keyOf(record)) ?? []);
  await markCursors(
    client,
    job.id,
    marked.filter(({ cursor }) => cursor !== null),
  );
  await insertCursors(
    client,
    job.targetId,
    marked.filter(({ cursor }) => cursor === null),
    job.id,
  );
  return { ...stride, records: marked.length };
};

async function lockAll(
  client: PoolClient,
  job: SyncJob,
  batch: readonly BatchRecord[],
): Promise<Map<string, Taken>> {
  const lacking = batch.filter(({ cursor }) => cursor === null);
  const versions = await lockRecords(client, job, lacking);
  // A writer may have made the cursor between the two statements. Now that the record is locked, none can.
  const found = await cursorsOf(client, job, lacking);
  const all = batch.map((record) => ({
    ...record,
    cursor: record.cursor ?? found.get(keyOf(record)) ?? null,
  }));
  const locked = await lockCursors(
    client,
    all.flatMap(({ cursor }) => cursor ?? []),
  );
  const taken = all.flatMap((record): Taken[] => {
    if (record.cursor !== null) return locked.has(record.cursor) ? [record] : [];
    const version = versions.get(keyOf(record));
    return version === undefined ? [] : [{ ...record, version }];
  });
  return new Map(taken.map((record) => [keyOf(record), record]));
}

async function cursorsOf(
  client: PoolClient,
  { targetId }: SyncJob,
  keys: readonly RecordKey[],
): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<RecordKey & { cursor: string }>(
    `SELECT c.agency, c.record_id AS id, c.id AS cursor FROM unnest($2::text[], $3::text[]) k (agency, id)
     JOIN hms.sync_cursors c ON c.target_id = $1 AND c.agency = k.agency AND c.record_id = k.id`,
    [targetId, keys.map(({ agency }) => agency), keys.map(({ id }) => id)],
  );
  return new Map(rows.map((row) => [keyOf(row), row.cursor]));
}

/**
 * An acknowledgement that is under way changes nothing. A cursor that was left over from before its target was
 * detached does not know of the versions since.
 */
async function markCursors(client: PoolClient, job: number, records: readonly Taken[]): Promise<void> {
  await client.query(
    `UPDATE hms.sync_cursors c
     SET resync = $1, latest_version = greatest(c.latest_version, k.version), claim = ${revokedClaim},
       starts = 0, alone = 0, pending_since = coalesce(c.pending_since, clock_timestamp()),
       attempts = CASE WHEN c.held_at IS NULL THEN 0 ELSE c.attempts END,
       due_at = CASE WHEN c.held_at IS NULL THEN clock_timestamp() END
     FROM unnest($2::bigint[], $3::int[]) k (id, version) WHERE c.id = k.id`,
    [job, records.map(({ cursor }) => cursor), records.map(({ version }) => version)],
  );
}
