import { hash } from 'node:crypto';

/** SHA-256, the one hash of the log, its tree and its checkpoints. */
export const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const bytes = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  // In one call: an object for each hash takes twice as long.
  return hash('sha256', Buffer.concat(bytes), 'buffer');
};

const leafPrefix = Buffer.of(0);
const nodePrefix = Buffer.of(1);

/** The hash of a leaf (RFC 9162 §2.1.1); the leaves of the log are the hashes of its entries. */
export const leafHash = (data: Uint8Array): Buffer => sha256(leafPrefix, data);

/** The hash of a node over its two children (RFC 9162 §2.1.1). */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(nodePrefix, left, right);

/** The root over perfect subtrees of falling size, which together hold the leaves from left to right. */
export function rootOfPeaks(peaks: readonly Buffer[]): Buffer {
  const last = peaks.at(-1);
  return last ? peaks.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last) : sha256();
}

/**
 * The right edge of a Merkle tree that grows: all that is needed to add leaves and to tell the root, which
 * is one hash for each bit that is set in the number of leaves.
 */
export class MerkleFrontier {
  private readonly peaks: Buffer[] = [];
  private leaves = 0;

  get size(): number {
    return this.leaves;
  }

  push(leaf: Buffer): void {
    let hash = leaf;
    for (let rest = this.leaves; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.peaks.pop();
      if (left) hash = nodeHash(left, hash);
    }
    this.peaks.push(hash);
    this.leaves += 1;
  }

  root(): Buffer {
    return rootOfPeaks(this.peaks);
  }
}

/** The root of a few leaves. */
export function rootOfLeaves(leaves: readonly Buffer[]): Buffer {
  const frontier = new MerkleFrontier();
  for (const leaf of leaves) frontier.push(leaf);
  return frontier.root();
}
