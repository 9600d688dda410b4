import type { KeyObject } from 'node:crypto';
import type { ClientBase } from 'pg';
import { keepRetentionsAway } from '../retention/retention-lock.js';
import { entryColumns } from './change-entry.js';
import { openCheckpoint } from './checkpoint.js';
import { allEntries, type LogEntry, settled } from './log-reader.js';
import type { NoteFile } from './note-file.js';
import { beforeAll, type Position } from './position.js';

const batch = 500;

/** The signed notes that go into an export. */
export interface ExportedNotes {
  /** Those of the checkpoints, oldest first; those whose signature is not accepted come first in the export. */
  readonly checkpoints: AsyncIterator<string>;
  readonly retentions: Pick<NoteFile, 'all'>;
  /** Public keys whose checkpoints are accepted. */
  readonly keys: readonly KeyObject[];
}

/**
 * A whole log as lines of JSON: `{"entry": …}`, or `{"removed": …}` where only that is left, in the order of
 * commits; `{"checkpoint": "<note>"}` after the last of the entries that it is over; `{"retention": "<note>"}` at
 * the end. Read as it is asked for, 500 entries at a time.
 *
 * @param client keeps retentions away until it ends
 * @throws {StartupError} when one is under way
 */
export async function* exportLog(
  client: ClientBase,
  { checkpoints, retentions, keys }: ExportedNotes,
): AsyncGenerator<string> {
  await keepRetentionsAway(client);
  let size = 0;
  let after = beforeAll;
  let next = await nextOf(checkpoints, keys);
  for (;;) {
    // Before the entries are read: those under a checkpoint are then there to be read.
    const rows = await readEntries(client, after);
    for (const row of rows) {
      for (; next && next.size <= size; next = await nextOf(checkpoints, keys))
        yield line({ checkpoint: next.note });
      yield line(exported(row));
      size += 1;
      after = { xid: BigInt(row.xid), seq: BigInt(row.seq) };
    }
    if (rows.length === 0) break;
  }
  for (; next; next = await nextOf(checkpoints, keys)) yield line({ checkpoint: next.note });
  for await (const note of retentions.all()) yield line({ retention: note });
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;

function exported(row: LogEntry): object {
  if (row.retention === null) {
    const { retention: _, ...entry } = row;
    return { entry };
  }
  const { xid, seq, resource, agency, id, version, hash, retention } = row;
  return { removed: { xid, seq, resource, agency, id, version, hash, retention } };
}

/** A note that says nothing trustworthy stands where it is found. */
async function nextOf(
  checkpoints: AsyncIterator<string>,
  keys: readonly KeyObject[],
): Promise<{ note: string; size: number } | undefined> {
  const step = await checkpoints.next();
  return step.done ? undefined : { note: step.value, size: openCheckpoint(step.value, keys)?.size ?? 0 };
}

async function readEntries(client: ClientBase, after: Position): Promise<LogEntry[]> {
  const { rows } = await client.query<LogEntry>({
    name: 'audit_export',
    text: `SELECT ${entryColumns}, c.retention FROM ${allEntries}
WHERE (c.xid, c.seq) > ($1::xid8, $2::bigint) AND ${settled} ORDER BY c.xid, c.seq LIMIT ${batch}`,
    values: [String(after.xid), String(after.seq)],
  });
  return rows;
}
