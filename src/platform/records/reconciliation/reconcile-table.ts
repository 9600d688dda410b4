import type { Pool, PoolClient } from 'pg';
import type { Delay, Difference, ReconciledTable } from './reconciled-table.js';
import {
  cursorsStatement,
  delaysStatement,
  keysStatement,
  logStatement,
} from './reconciliation-statements.js';

/** Records that are compared in one transaction. */
const batchSize = 500;

interface Key {
  readonly agency: string;
  readonly id: string;
}

interface LogRow extends Key {
  readonly version: number | null;
  readonly first: number | null;
  readonly last: number | null;
  readonly versions: number;
  readonly removed: number;
  readonly sameDocument: boolean | null;
}

interface CursorRow extends Key {
  readonly target: string;
  readonly version: number | null;
  readonly latest: number | null;
  readonly delivered: number;
  readonly applies: boolean;
}

/**
 * Compares the records of a table, their log entries and their cursors, and yields what does not agree; returns
 * how many records were compared. Goes through the table in the order of its key: what is in memory at a time,
 * and how long a transaction lasts, does not depend on how much there is. Writers may go on meanwhile: what is
 * compared with each other is read from one snapshot.
 */
export async function* reconcileTable(
  pool: Pool,
  table: ReconciledTable,
): AsyncGenerator<Difference, number> {
  let after: Key = { agency: '', id: '' };
  for (let records = 0; ;) {
    const { keys, differences } = await compareBatch(pool, table, after);
    yield* differences;
    records += keys.length;
    const last = keys.at(-1);
    if (!last || keys.length < batchSize) return records;
    after = last;
  }
}

/** By target, the records that have waited for more than so many minutes. */
export async function findDelays(pool: Pool, table: ReconciledTable, minutes: number): Promise<Delay[]> {
  const { rows } = await pool.query<Delay>(delaysStatement(table), [minutes]);
  return rows;
}

async function compareBatch(
  pool: Pool,
  table: ReconciledTable,
  after: Key,
): Promise<{ keys: Key[]; differences: Difference[] }> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows: keys } = await client.query<Key>(keysStatement(table), [after.agency, after.id, batchSize]);
    const differences = await compare(client, table, keys);
    await client.query('COMMIT');
    client.release();
    return { keys, differences };
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function compare(
  client: PoolClient,
  table: ReconciledTable,
  keys: readonly Key[],
): Promise<Difference[]> {
  const values = [keys.map(({ agency }) => agency), keys.map(({ id }) => id)];
  const log = await client.query<LogRow>(logStatement(table), values);
  const cursors = await client.query<CursorRow>(cursorsStatement(table), values);
  return [
    ...log.rows.map(({ agency, id, ...row }) => ({ agency, id, detail: logDetail(row) })),
    ...cursors.rows.map(({ agency, id, target, ...row }) => ({
      agency,
      id,
      target,
      detail: cursorDetail(row),
    })),
  ];
}

function logDetail({
  version,
  first,
  last,
  versions,
  removed,
  sameDocument,
}: Omit<LogRow, keyof Key>): string {
  if (version === null && last === null) return 'A cursor is there, but neither a record nor a log entry.';
  if (version === null) return `The log has it up to version ${last}, but there is no such record.`;
  if (last === null) return `The record has version ${version}, but the log has nothing of it.`;
  if (version !== last) return `The record has version ${version}, the newest log entry is version ${last}.`;
  if (versions + removed !== last)
    return `Of its ${last} versions the log has ${versions}, the first being ${first}, and ${removed} were removed by a retention.`;
  if (sameDocument === false) return `The record differs from its newest log entry, version ${last}.`;
  throw new Error('The statement found a difference that has no name.');
}

function cursorDetail({
  version,
  latest,
  delivered,
  applies,
}: Omit<CursorRow, keyof Key | 'target'>): string {
  if (version === null) return 'The target has a cursor, but there is no such record.';
  if (latest === null) return `The target has no cursor for it, so it does not get version ${version}.`;
  if (!applies) return 'The target has a cursor for a record of another agency.';
  if (latest !== version) return `The cursor says that version ${latest} is the newest; it is ${version}.`;
  return `The cursor says that version ${delivered} was delivered; the newest is ${latest}.`;
}
