import type { KeyObject } from 'node:crypto';
import type { Pool } from 'pg';
import type { Finding } from '../integrity/finding.js';
import type { NoteFile } from '../integrity/note-file.js';
import { type RemovedEntry, removedColumns, removedRoot } from './removed-entry.js';
import { openRetention, type SignedRetention } from './retention-record.js';

/** The signed records of what was removed from one database's log, and what follows from them for its verification. */
export class RetentionLog {
  private records = new Map<number, SignedRetention>();
  private newest: SignedRetention | undefined;
  private problems: Finding[] = [];

  constructor(
    private readonly notes: Pick<NoteFile, 'all'>,
    private readonly database: string,
    private readonly keys: readonly KeyObject[],
  ) {}

  /** The newest record that an accepted key signed, as of the last {@link read}. */
  get last(): SignedRetention | undefined {
    return this.newest;
  }

  /** What is wrong with the records themselves, as of the last {@link read}. */
  get findings(): readonly Finding[] {
    return this.problems;
  }

  /** Reads all records. */
  async read(): Promise<void> {
    this.records = new Map();
    this.newest = undefined;
    this.problems = [];
    for await (const note of this.notes.all()) this.add(note);
  }

  /**
   * Whether an entry may be gone under a record. A record is on the disk before anything is gone under it, so
   * one that is not known yet is looked for again.
   */
  async covers(retention: number): Promise<boolean> {
    if (!this.records.has(retention) && retention > (this.newest?.number ?? 0)) await this.read();
    return this.records.has(retention);
  }

  /**
   * Compares what is gone with the records that it is gone under. Nothing at all is gone under a record whose
   * transaction did not come to its end.
   *
   * @param retentions the records to compare with; all, unless given
   */
  async *compare(pool: Pool, retentions: Iterable<number> = this.records.keys()): AsyncGenerator<Finding> {
    for (const retention of retentions) {
      const record = this.records.get(retention);
      if (!record) continue;
      const entries = await removedUnder(pool, retention);
      if (entries.length === 0 || removedRoot(entries).equals(record.root)) continue;
      const detail = `The entries that are gone under retention ${retention} are not the ${record.removed} that it was signed over.`;
      yield { kind: 'removed', detail };
    }
  }

  private add(note: string): void {
    const record = openRetention(note, this.database, this.keys);
    if (!record) {
      const title = note.split('\n', 2).join(' ');
      const detail = `The retention ${title} is not signed by an accepted key for ${this.database}.`;
      this.problems.push({ kind: 'signature', detail });
      return;
    }
    const before = this.newest;
    const follows = before
      ? record.number === before.number + 1 && record.previous?.equals(before.hash) === true
      : record.number === 1 && record.previous === undefined;
    if (!follows) {
      const detail = `Retention ${record.number} does not follow ${before?.number ?? 'none, though it names one before it'}.`;
      this.problems.push({ kind: 'removed', detail });
    }
    this.records.set(record.number, record);
    this.newest = record;
  }
}

async function removedUnder(pool: Pool, retention: number): Promise<RemovedEntry[]> {
  const { rows } = await pool.query<RemovedEntry>({
    name: 'audit_removed_under',
    text: `SELECT ${removedColumns} FROM hms.removed_changes c WHERE c.retention = $1`,
    values: [retention],
  });
  return rows;
}
