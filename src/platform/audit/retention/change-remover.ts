import type { ClientBase } from 'pg';
import { keepReplaysAway } from '../../sync/jobs/replay-lock.js';
import { identifier, literal } from '../../records/capture/document-expression.js';
import type { AuditKeys } from '../integrity/audit-key.js';
import type { AuditedTable } from '../integrity/audited-table.js';
import type { SignedCheckpoint } from '../integrity/checkpoint.js';
import type { NoteFile } from '../integrity/note-file.js';
import { type RemovedEntry, removedColumns, removedRoot } from './removed-entry.js';
import { RetentionLog } from './retention-log.js';
import { type SignedRetention, signRetention } from './retention-record.js';

/** Entries that one transaction removes. */
const batch = 5_000;

/** What is removed under one rule. */
export interface Removal {
  readonly table: AuditedTable;
  /** Versions go that a newer one had replaced by this instant (RFC 3339). */
  readonly replacedBefore: string;
  /** Only what this checkpoint is over goes. */
  readonly checkpoint: SignedCheckpoint;
}

export interface ChangeRemoverOptions {
  /** Session of the owner's login, which keeps other retentions away (`keepOthersAway`). */
  readonly client: ClientBase;
  /** Where the records are kept. */
  readonly notes: NoteFile;
  readonly keys: AuditKeys;
  /** Tells others of a removal. Its failure undoes the removal. */
  readonly announce: (record: SignedRetention, entries: readonly RemovedEntry[]) => Promise<void>;
}

/** How much a rule concerns. */
export interface RemovableCount {
  readonly versions: number;
  readonly records: number;
}

/**
 * Removes old versions from the log of one database, and leaves what proves that the rest is whole (ADR 11). What
 * may go is decided by `hms.removable_up_to`.
 */
export class ChangeRemover {
  constructor(private readonly options: ChangeRemoverOptions) {}

  /** Counts what would be removed. */
  async count(removal: Removal): Promise<RemovableCount> {
    const { rows } = await this.options.client.query<RemovableCount>(
      `SELECT coalesce(sum(n.versions), 0)::int AS versions, count(*) FILTER (WHERE n.versions > 0)::int AS records
FROM ${records(removal.table)}
CROSS JOIN LATERAL (SELECT count(*) AS versions FROM ${versions(removal.table)}) n
WHERE ${replaced}`,
      parameters(removal),
    );
    return rows[0] ?? { versions: 0, records: 0 };
  }

  /**
   * Removes in transactions of 5,000 entries, along the keys of the records; yields how many each removed. May be
   * ended or killed at any point, and begun again. The record of a removal is on the disk before the removal is
   * committed, so nothing is ever gone without one; one whose removal was not committed says that something may
   * be gone which is not.
   */
  async *remove(removal: Removal): AsyncGenerator<number> {
    const { client } = this.options;
    let after = { agency: '', id: '' };
    for (;;) {
      await client.query('BEGIN');
      try {
        const removed = await this.removeSome(removal, after);
        await client.query('COMMIT');
        const last = removed.at(-1);
        if (!last) return;
        yield removed.length;
        after = last;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    }
  }

  private async removeSome(
    removal: Removal,
    after: { agency: string; id: string },
  ): Promise<readonly RemovedEntry[]> {
    const { client, notes, keys, announce } = this.options;
    const { table, replacedBefore, checkpoint } = removal;
    await keepReplaysAway(client);
    const known = new RetentionLog(notes, table.database, keys.accepted);
    await known.read();
    const number = (known.last?.number ?? 0) + 1;
    const { rows: session } = await client.query<{ login: string }>(
      `SELECT session_user AS login, set_config('hms.retention', $1, true)`,
      [String(number)],
    );
    const { rows } = await client.query<RemovedEntry>(removeStatement(table), [
      ...parameters(removal),
      after.agency,
      after.id,
    ]);
    if (rows.length === 0) return rows;
    const record = signRetention(
      {
        database: table.database,
        number,
        root: removedRoot(rows),
        removed: rows.length,
        resource: table.name,
        replacedBefore,
        checkpoint: checkpoint.hash,
        login: session[0]?.login ?? '',
        time: new Date().toISOString(),
        ...(known.last && { previous: known.last.hash }),
      },
      keys.signing,
    );
    await notes.append(record.note);
    await announce(record, rows);
    return rows.toSorted(byKey);
  }
}

const parameters = ({ replacedBefore, checkpoint: { last } }: Removal): string[] => [
  replacedBefore,
  String(last?.xid ?? 0),
  String(last?.seq ?? 0),
];

/** The records, each with the last version that may go. */
const records = ({ name, table }: AuditedTable): string => `public.${identifier(table)} p
CROSS JOIN LATERAL (SELECT hms.removable_up_to(${literal(name)}, p.agency, p.id, $1::timestamptz) AS last) r`;

/** Those that have anything to remove, found without a look at the log. */
const replaced = 'p.version > 1 AND p.created_at < $1::timestamptz';

/** The versions of such a record that go. */
const versions = ({ name }: AuditedTable): string => `hms.changes c
  WHERE c.resource = ${literal(name)} AND c.agency = p.agency AND c.record_id = p.id AND c.version <= r.last
    AND (c.xid, c.seq) <= ($2::xid8, $3::bigint)`;

const removeStatement = (table: AuditedTable): string => `WITH old AS MATERIALIZED (
  SELECT p.agency, p.id, v.version FROM ${records(table)}
  CROSS JOIN LATERAL (SELECT c.version FROM ${versions(table)} ORDER BY c.version LIMIT ${batch}) v
  WHERE ${replaced} AND (p.agency, p.id) >= ($4, $5)
  ORDER BY p.agency, p.id, v.version LIMIT ${batch})
DELETE FROM hms.changes c USING old
WHERE c.resource = ${literal(table.name)} AND c.agency = old.agency AND c.record_id = old.id AND c.version = old.version
RETURNING ${removedColumns}`;

/** As the database orders keys: by bytes. */
function byKey(one: RemovedEntry, other: RemovedEntry): number {
  return Buffer.compare(keyOf(one), keyOf(other));
}

const keyOf = ({ agency, id }: RemovedEntry): Buffer => Buffer.from(`${agency}\0${id}`);
