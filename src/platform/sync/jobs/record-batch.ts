import { escapeIdentifier, type PoolClient } from 'pg';
import type { RecordKey, SyncJob } from './sync-job.js';

/** A record that a job comes to. */
export interface BatchRecord extends RecordKey {
  readonly version: number;
  readonly deleted: boolean;
  /** Id of the target's cursor for it; null: it has none. */
  readonly cursor: string | null;
}

/** Reads the next records of a target in the order of their key, without locking any. */
export async function readBatch(
  client: PoolClient,
  { resource, targetId, agency, after }: SyncJob,
  batchSize: number,
): Promise<BatchRecord[]> {
  // The key begins with the agency: a range within one agency is read without passing over the others.
  const range = agency === null ? '(r.agency, r.id) > ($2, $3)' : 'r.agency = $2 AND r.id > $3';
  const { rows } = await client.query<BatchRecord>(
    `SELECT r.agency, r.id, r.version, r.deleted_at IS NOT NULL AS deleted, c.id AS cursor
     FROM (SELECT r.agency, r.id, r.version, r.deleted_at FROM public.${escapeIdentifier(resource.table)} r
       WHERE ${range} ORDER BY r.agency, r.id LIMIT $4) r
     LEFT JOIN hms.sync_cursors c ON c.target_id = $1 AND c.agency = r.agency AND c.record_id = r.id
     ORDER BY r.agency, r.id`,
    [targetId, agency ?? after.agency, after.id, batchSize],
  );
  return rows;
}

/**
 * Locks records, so that their triggers, which insert the same cursors, cannot meet the caller.
 *
 * @returns the versions of those that no writer holds, by {@link keyOf}
 */
export async function lockRecords(
  client: PoolClient,
  { resource }: SyncJob,
  keys: readonly RecordKey[],
): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<RecordKey & { version: number }>(
    `SELECT r.agency, r.id, r.version FROM unnest($1::text[], $2::text[]) k (agency, id)
     JOIN public.${escapeIdentifier(resource.table)} r ON r.agency = k.agency AND r.id = k.id
     FOR NO KEY UPDATE OF r SKIP LOCKED`,
    [keys.map(({ agency }) => agency), keys.map(({ id }) => id)],
  );
  return new Map(rows.map((row) => [keyOf(row), row.version]));
}

/** Locks cursors that nobody holds. @returns their ids */
export async function lockCursors(client: PoolClient, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM hms.sync_cursors WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE SKIP LOCKED',
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

/**
 * Makes cursors for records that are locked and have none: their newest version is to be sent.
 *
 * @param resync the job for which that counts as the whole record; null: it is sent as any version
 */
export async function insertCursors(
  client: PoolClient,
  targetId: number,
  records: readonly (RecordKey & { readonly version: number })[],
  resync: number | null,
): Promise<void> {
  await client.query(
    `INSERT INTO hms.sync_cursors
       (target_id, agency, record_id, latest_version, delivered_version, resync, pending_since, due_at)
     SELECT $1, k.agency, k.id, k.version, k.version - 1, $2, clock_timestamp(), clock_timestamp()
     FROM unnest($3::text[], $4::text[], $5::int[]) k (agency, id, version)
     ON CONFLICT (target_id, agency, record_id) DO NOTHING`,
    [
      targetId,
      resync,
      records.map(({ agency }) => agency),
      records.map(({ id }) => id),
      records.map(({ version }) => version),
    ],
  );
}

/** No agency has a slash in it. */
export const keyOf = ({ agency, id }: RecordKey): string => `${agency}/${id}`;
