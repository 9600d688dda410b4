import type { Pool } from 'pg';
import { ProblemError } from '../../http/problems/problem.error.js';
import { retentionOf, type VersionKey } from '../../records/history/removed-version.js';
import { type ChangeEntry, entryColumns } from './change-entry.js';
import type { CheckpointLog } from './checkpoint-log.js';
import type { SignedCheckpoint } from './checkpoint.js';
import { chunkSize, type LeafSource } from './chunk-tree.js';
import { InconsistentLogError } from './inconsistency.js';
import { type Leaf, readLeaves } from './log-reader.js';
import { leavesFrom, startOf } from './log-tree.js';
import type { SubtreeFile } from './subtree-file.js';

/** That an entry is among those which a checkpoint was signed over (RFC 9162 §2.1.3). */
export interface InclusionProof {
  readonly entry: ChangeEntry;
  /** Place of the entry in the log, from 0. */
  readonly leafIndex: number;
  /** The audit path, from the leaf upwards; base64. */
  readonly path: readonly string[];
  /** The note of the checkpoint. */
  readonly checkpoint: string;
}

/**
 * Proves things about the log of one database by its last checkpoint. Each proof takes three indexed queries,
 * of 1, 1,024 and 1,024 rows at most, whatever the length of the log; the rest comes from the file of chunks.
 */
export class LogProver {
  constructor(
    private readonly pool: Pool,
    private readonly log: CheckpointLog,
    private readonly subtrees: SubtreeFile,
  ) {}

  /**
   * @throws {ProblemError} `not-found`; `removed` under a retention; `not-checkpointed` when no checkpoint is over the version yet
   * @throws {InconsistentLogError} when the log is not what was signed
   */
  async prove(key: VersionKey): Promise<InclusionProof> {
    const entry = await this.entry(key);
    const { checkpoint, leaves } = (await this.signedTree()) ?? {};
    if (!checkpoint || !leaves) throw notCheckpointed();
    const chunk = Math.min(
      this.subtrees.chunkOf({ xid: BigInt(entry.xid), seq: BigInt(entry.seq) }),
      Math.floor(checkpoint.size / chunkSize),
    );
    const own = await this.leavesOf(chunk, checkpoint.size);
    const within = own.findIndex(({ seq, xid }) => String(seq) === entry.seq && String(xid) === entry.xid);
    if (within < 0) throw notCheckpointed();
    const leafIndex = chunk * chunkSize + within;
    const source: LeafSource = (start, end) =>
      Math.floor(start / chunkSize) === chunk ? leavesFrom(chunk, own)(start, end) : leaves(start, end);
    const path = this.subtrees.tree.path(leafIndex, checkpoint.size, source);
    return {
      entry,
      leafIndex,
      path: path.map((hash) => hash.toString('base64')),
      checkpoint: checkpoint.note,
    };
  }

  /**
   * The last checkpoint; undefined where there is none.
   *
   * @throws {InconsistentLogError} when the entries since the last full chunk are not what it was signed over
   */
  async latest(): Promise<SignedCheckpoint | undefined> {
    return (await this.signedTree())?.checkpoint;
  }

  private async signedTree(): Promise<{ checkpoint: SignedCheckpoint; leaves: LeafSource } | undefined> {
    const checkpoint = await this.log.last();
    if (!checkpoint) return undefined;
    await this.subtrees.refresh();
    const chunk = Math.floor(checkpoint.size / chunkSize);
    // Right after a checkpoint, or when the file was lost, until the next turn of the writer.
    if (this.subtrees.count < chunk)
      throw new ProblemError('unavailable', 'The proofs are being prepared; send the request again.', {
        headers: { 'Retry-After': '5' },
      });
    const leaves = leavesFrom(chunk, await this.leavesOf(chunk, checkpoint.size));
    if (!this.subtrees.tree.root(checkpoint.size, leaves).equals(checkpoint.root))
      throw new InconsistentLogError(
        'rewritten',
        `The log does not hold the ${checkpoint.size} entries of the checkpoint of ${checkpoint.time}.`,
      );
    return { checkpoint, leaves };
  }

  private async leavesOf(chunk: number, size: number): Promise<Leaf[]> {
    const limit = Math.min(chunkSize, size - chunk * chunkSize);
    return limit > 0 ? readLeaves(this.pool, startOf(this.subtrees, chunk), limit) : [];
  }

  private async entry({ resource, agency, id, version }: VersionKey): Promise<ChangeEntry> {
    const { rows } = await this.pool.query<ChangeEntry>({
      name: 'audit_entry',
      text: `SELECT ${entryColumns} FROM hms.changes c
WHERE c.resource = $1 AND c.agency = $2 AND c.record_id = $3 AND c.version = $4`,
      values: [resource, agency, id, version],
    });
    const [entry] = rows;
    if (entry) return entry;
    const retention = await retentionOf(this.pool, { resource, agency, id, version });
    if (retention !== undefined)
      throw new ProblemError(
        'removed',
        `Version ${version} of the record with the id ${id} was removed under retention ${retention}.`,
      );
    throw new ProblemError('not-found', `There is no version ${version} of a record with the id ${id}.`);
  }
}

function notCheckpointed(): ProblemError {
  return new ProblemError(
    'not-checkpointed',
    'No signed checkpoint is over this version yet; one is written soon. Send the request again then.',
  );
}
