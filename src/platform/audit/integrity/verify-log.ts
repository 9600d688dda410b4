import type { KeyObject } from 'node:crypto';
import type { Pool } from 'pg';
import { RetentionLog } from '../retention/retention-log.js';
import type { AuditedTable } from './audited-table.js';
import { CheckpointCheck } from './checkpoint-check.js';
import { checkEntry, type EntryRow, entryRows, notCovered } from './entry-check.js';
import { type Finding, findingAt } from './finding.js';
import { allEntries, settled } from './log-reader.js';
import { leafHash, MerkleFrontier } from './merkle-tree.js';
import type { NoteFile } from './note-file.js';
import { beforeAll, type Position } from './position.js';
import { checkRecord, readRecords, type RecordKey } from './record-check.js';

/** Entries, or records, of one statement: with documents of 20 kB this is 20 MB. */
const batch = 1000;

export interface VerifyLogOptions {
  readonly pool: Pool;
  readonly database: string;
  /** The resources that live in it. */
  readonly tables: readonly AuditedTable[];
  /** The notes of the checkpoints, oldest first. */
  readonly checkpoints: AsyncIterator<string>;
  /** The notes of what was removed. */
  readonly retentions: Pick<NoteFile, 'all'>;
  /** Public keys whose notes are accepted. */
  readonly keys: readonly KeyObject[];
}

/** What a whole verification came to. */
export interface VerifiedLog {
  /** Those that were removed included. */
  readonly entries: number;
  readonly removed: number;
  /** Entries that the last fitting checkpoint is over. */
  readonly covered: number;
}

/**
 * Verifies a whole log, once through in the order of commits: each entry in itself and against the version
 * before; the tree over them against every checkpoint; what was removed against the signed retentions; then each
 * record against its newest entry. Hashes are computed here, not in the database. Memory does not grow with the
 * log, but for 1 kB for every 5,000 entries that were removed.
 *
 * Yields what is wrong as it is found. Of the checkpoints that differ only the first is told.
 */
export async function* verifyLog(options: VerifyLogOptions): AsyncGenerator<Finding, VerifiedLog> {
  const check = new CheckpointCheck(options.checkpoints, options.database, options.keys);
  const retentions = new RetentionLog(options.retentions, options.database, options.keys);
  const tree = new MerkleFrontier();
  let removed = 0;
  let after = beforeAll;
  for (;;) {
    await check.compare(tree);
    // Before the entries are read: what is signed by now is there to be read.
    let due = await check.awaited();
    const rows = await readEntries(options, after);
    if (rows.length === 0) break;
    for (const row of rows) {
      const finding = checkEntry(row);
      if (finding) yield finding;
      if (row.retention !== null) {
        removed += 1;
        if (!(await retentions.covers(row.retention))) yield findingAt(row, 'removed', notCovered);
      }
      tree.push(leafHash(Buffer.from(row.hash, 'hex')));
      if (tree.size === due) {
        await check.compare(tree);
        due = await check.awaited();
      }
      after = { xid: BigInt(row.xid), seq: BigInt(row.seq) };
    }
    yield* check.findings.splice(0);
  }
  await check.end(tree.size);
  yield* check.findings.splice(0);
  if (!check.signed && tree.size > 0)
    yield { kind: 'unsigned', detail: `There is no checkpoint over its ${tree.size} entries.` };
  yield* entriesOfTheFuture(options.pool);
  await retentions.read();
  yield* retentions.findings;
  yield* retentions.compare(options.pool);
  for (const table of options.tables) yield* verifyRecords(options.pool, table);
  return { entries: tree.size, removed, covered: check.covered };
}

async function readEntries({ pool, tables }: VerifyLogOptions, after: Position): Promise<EntryRow[]> {
  const { rows } = await pool.query<EntryRow>({
    name: 'audit_verify',
    text: `${entryRows(tables)}
WHERE (c.xid, c.seq) > ($1::xid8, $2::bigint) AND ${settled} ORDER BY c.xid, c.seq LIMIT ${batch}`,
    values: [String(after.xid), String(after.seq)],
  });
  return rows;
}

/** An entry of a transaction that has not begun would stay out of every checkpoint. */
async function* entriesOfTheFuture(pool: Pool): AsyncGenerator<Finding> {
  const { rows } = await pool.query<{
    resource: string;
    agency: string;
    id: string;
    version: number;
    seq: string;
  }>(
    `SELECT c.resource, c.agency, c.record_id AS id, c.version, c.seq::text AS seq FROM ${allEntries}
WHERE c.xid >= pg_snapshot_xmax(pg_current_snapshot()) ORDER BY c.xid, c.seq LIMIT 100`,
  );
  for (const row of rows)
    yield { kind: 'order', detail: 'Its transaction has a number that none has had yet.', ...row };
}

async function* verifyRecords(pool: Pool, table: AuditedTable): AsyncGenerator<Finding> {
  let after: RecordKey | undefined = { agency: '', id: '' };
  while (after) {
    const rows = await readRecords(pool, table, { after, limit: batch });
    for (const row of rows) {
      const finding = checkRecord(table.name, row);
      if (finding) yield finding;
    }
    after = rows.at(-1);
  }
}
