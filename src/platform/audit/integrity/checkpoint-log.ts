import type { AuditKeys } from './audit-key.js';
import { openCheckpoint, type SignedCheckpoint } from './checkpoint.js';
import { NoteFile } from './note-file.js';
import { InconsistentLogError } from './inconsistency.js';

/** The checkpoints of one database's log, as far as they can be believed. */
export class CheckpointLog {
  readonly file: NoteFile;

  constructor(
    directory: string,
    readonly database: string,
    readonly keys: AuditKeys,
  ) {
    this.file = new NoteFile(directory, database, 'checkpoint');
  }

  /**
   * The last checkpoint; undefined where there is none.
   *
   * @throws {InconsistentLogError} `signature` when it is not signed by an accepted key for this database
   */
  async last(): Promise<SignedCheckpoint | undefined> {
    const note = await this.file.last();
    if (note === undefined) return undefined;
    const checkpoint = openCheckpoint(note, this.keys.accepted);
    if (checkpoint?.origin.startsWith(`hms/${this.database}/`)) return checkpoint;
    throw new InconsistentLogError(
      'signature',
      `The last checkpoint in ${this.file.path} is not signed by an accepted key for ${this.database}.`,
    );
  }
}
