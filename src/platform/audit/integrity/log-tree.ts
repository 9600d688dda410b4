import type { ClientBase, Pool } from 'pg';
import type { Checkpoint } from './checkpoint.js';
import { chunkSize, type LeafSource } from './chunk-tree.js';
import { InconsistentLogError } from './inconsistency.js';
import { type Leaf, readLeaves } from './log-reader.js';
import { rootOfLeaves } from './merkle-tree.js';
import { beforeAll, type Position } from './position.js';
import type { Chunk, SubtreeFile } from './subtree-file.js';

/** The whole of a log as a tree: its full chunks, and the leaves after them. */
export interface LogTree {
  readonly size: number;
  readonly root: Buffer;
  readonly last?: Position;
}

/** Where a chunk begins: after the last entry of the one before. */
export function startOf(subtrees: SubtreeFile, chunk: number): Position {
  return (chunk > 0 && subtrees.end(chunk - 1)) || beforeAll;
}

/** Gives the leaves of one chunk to a tree. */
export function leavesFrom(chunk: number, leaves: readonly Leaf[]): LeafSource {
  const first = chunk * chunkSize;
  return (start, end) => leaves.slice(start - first, end - first).map(({ hash }) => hash);
}

/**
 * Adds to the known chunks what the log has got since, and checks on the way that the log still begins with
 * what a checkpoint was signed over. Reads the entries after the last known chunk, 1,024 at a time.
 *
 * @param subtrees chunks are added to it in memory
 * @throws {InconsistentLogError} `rewritten` or `truncated`
 */
export async function extendTree(
  database: Pool | ClientBase,
  subtrees: SubtreeFile,
  signed: Checkpoint | undefined,
  signal?: AbortSignal,
): Promise<LogTree> {
  for (;;) {
    signal?.throwIfAborted();
    const chunk = subtrees.count;
    const leaves = await readLeaves(database, startOf(subtrees, chunk));
    const size = chunk * chunkSize + leaves.length;
    const last = leaves.at(-1) ?? subtrees.end(chunk - 1);
    const within = (signed?.size ?? -1) - chunk * chunkSize;
    if (signed && within >= 0 && within < chunkSize && signed.size <= size)
      requireRoot(subtrees.tree.root(signed.size, leavesFrom(chunk, leaves)), signed);
    if (leaves.length < chunkSize || !last) {
      if (signed && size < signed.size) throw truncated(signed, size);
      return { size, root: subtrees.tree.root(size, leavesFrom(chunk, leaves)), ...(last && { last }) };
    }
    subtrees.add(chunkOf(leaves, last));
  }
}

/**
 * Reads some full chunks again and compares them with what they were.
 *
 * @throws {InconsistentLogError} `rewritten`, naming the entries
 */
export async function checkChunks(
  database: Pool | ClientBase,
  subtrees: SubtreeFile,
  chunks: readonly number[],
): Promise<void> {
  for (const chunk of chunks) {
    const leaves = await readLeaves(database, startOf(subtrees, chunk));
    const same = rootOfLeaves(leaves.map(({ hash }) => hash)).equals(subtrees.tree.chunk(chunk));
    if (leaves.length === chunkSize && same) continue;
    const [first, end] = [chunk * chunkSize + 1, (chunk + 1) * chunkSize];
    throw new InconsistentLogError('rewritten', `Entries ${first} to ${end} are not those that were signed.`);
  }
}

function chunkOf(leaves: readonly Leaf[], { xid, seq }: Position): Chunk {
  return { hash: rootOfLeaves(leaves.map(({ hash }) => hash)), end: { xid, seq } };
}

function requireRoot(root: Buffer, { root: expected, size, time }: Checkpoint): void {
  if (root.equals(expected)) return;
  throw new InconsistentLogError(
    'rewritten',
    `The first ${size} entries are not those of the checkpoint of ${time}.`,
  );
}

function truncated(signed: Checkpoint, size: number): InconsistentLogError {
  return new InconsistentLogError(
    'truncated',
    `There are ${size} entries, but the checkpoint of ${signed.time} is over ${signed.size}.`,
  );
}
