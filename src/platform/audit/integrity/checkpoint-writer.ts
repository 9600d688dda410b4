import { randomBytes } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import { type Checkpoint, signCheckpoint, type SignedCheckpoint } from './checkpoint.js';
import type { CheckpointLog } from './checkpoint-log.js';
import { chunkSize } from './chunk-tree.js';
import { InconsistentLogError } from './inconsistency.js';
import { checkChunks, extendTree, type LogTree } from './log-tree.js';
import type { SubtreeFile } from './subtree-file.js';

/** Key of the advisory lock of those who sign the log of one database; any constant will do. */
const lockKey = 4_871_304;

/** What one turn came to. */
export interface Turn {
  /** Another instance is at it. */
  readonly busy: boolean;
  /** The checkpoint that was written; undefined where the log had not grown. */
  readonly written?: SignedCheckpoint;
}

/**
 * Signs checkpoints of the log of one database. Each covers the one before: a log that does not begin with
 * what was signed last is not signed again, whatever was put in its place.
 */
export class CheckpointWriter {
  /** The next full chunk to be read again. */
  private patrol = 0;

  constructor(
    private readonly pool: Pool,
    private readonly log: CheckpointLog,
    private readonly subtrees: SubtreeFile,
  ) {}

  /**
   * Checks the log and, where it has grown, writes a checkpoint. Every turn reads the entries since the last
   * full chunk, and a part of the others, so that all are read again in 60 turns (up to 15 million entries).
   *
   * @param signal ends a long walk over the log early, by an error
   * @throws {InconsistentLogError} when the log, or the last checkpoint, is not what was signed; nothing is
   *   written then
   */
  async turn(signal?: AbortSignal): Promise<Turn> {
    const client = await this.pool.connect();
    let broken = true;
    try {
      // The lock ends with the transaction, so with the session too.
      await client.query('BEGIN');
      const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS held', [
        lockKey,
      ]);
      const turn = rows[0]?.held ? await this.sign(client, signal) : { busy: true };
      await client.query('COMMIT');
      broken = false;
      return turn;
    } finally {
      client.release(broken);
    }
  }

  private async sign(client: ClientBase, signal?: AbortSignal): Promise<Turn> {
    const last = await this.log.last();
    await this.subtrees.refresh();
    if (!last && this.subtrees.exists)
      throw new InconsistentLogError(
        'unsigned',
        `The log was signed before, but ${this.log.file.path} has no checkpoint.`,
      );
    const tree = await this.extend(client, last, signal);
    await this.checkSome(client);
    const written = !last || tree.size > last.size ? await this.write(client, tree, last) : undefined;
    // After the checkpoint: the chunks never cover more than was signed.
    await this.subtrees.save();
    return { busy: false, ...(written && { written }) };
  }

  /** The cache of chunks is believed only if the tree over it is the signed one. */
  private async extend(
    client: ClientBase,
    last: SignedCheckpoint | undefined,
    signal?: AbortSignal,
  ): Promise<LogTree> {
    if (this.subtrees.count * chunkSize > (last?.size ?? 0)) this.subtrees.forget();
    const cached = this.subtrees.count > 0;
    try {
      return await extendTree(client, this.subtrees, last, signal);
    } catch (error) {
      if (!cached || !(error instanceof InconsistentLogError)) throw error;
      this.subtrees.forget();
      return extendTree(client, this.subtrees, last, signal);
    }
  }

  private async checkSome(client: ClientBase): Promise<void> {
    const { count } = this.subtrees;
    const share = Math.min(count, Math.max(8, Math.min(256, Math.ceil(count / 60))));
    const chunks = Array.from({ length: share }, (_, index) => (this.patrol + index) % count);
    await checkChunks(client, this.subtrees, chunks);
    this.patrol = count > 0 ? (this.patrol + share) % count : 0;
  }

  private async write(
    client: ClientBase,
    tree: LogTree,
    last: SignedCheckpoint | undefined,
  ): Promise<SignedCheckpoint> {
    const checkpoint: Checkpoint = {
      origin: last?.origin ?? `hms/${this.log.database}/${randomBytes(16).toString('hex')}`,
      ...tree,
      time: new Date().toISOString(),
      ...(last && { previous: last.hash }),
    };
    const signed = signCheckpoint(checkpoint, this.log.keys.signing);
    // The session may have ended during a long walk, and its lock with it: another may be writing by now.
    await client.query('SELECT');
    await this.log.file.append(signed.note);
    return signed;
  }
}
