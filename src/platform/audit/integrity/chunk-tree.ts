import { nodeHash, rootOfLeaves } from './merkle-tree.js';

/** Leaves of one chunk, the smallest subtree whose hash is kept; a power of two. */
export const chunkSize = 1024;

/** Gives the leaves from one index up to another; both lie in one chunk. */
export type LeafSource = (start: number, end: number) => readonly Buffer[];

/**
 * The upper part of the tree of a log: the hashes of its full chunks and of the perfect subtrees over them.
 * 64 bytes for each 1,024 entries.
 */
export class ChunkTree {
  private readonly levels: Buffer[][] = [[]];

  /** Number of chunks. */
  get count(): number {
    return this.levels[0]?.length ?? 0;
  }

  append(chunk: Buffer): void {
    let hash = chunk;
    for (let level = 0; ; level++) {
      const nodes = (this.levels[level] ??= []);
      nodes.push(hash);
      const left = nodes.at(-2);
      if (nodes.length % 2 === 1 || !left) return;
      hash = nodeHash(left, hash);
    }
  }

  /** The root of the tree over the first leaves; `leaves` is asked for those that fill no chunk. */
  root(size: number, leaves: LeafSource): Buffer {
    return this.hashOf(0, size, leaves);
  }

  /** The hash of one chunk. */
  chunk(index: number): Buffer {
    return this.node(0, index);
  }

  /**
   * The audit path of a leaf in the tree over the first `size` leaves, from the leaf upwards (RFC 9162
   * §2.1.3.1). `leaves` is asked for the leaf's own chunk and for the leaves that fill no chunk.
   */
  path(index: number, size: number, leaves: LeafSource): Buffer[] {
    const path: Buffer[] = [];
    let [start, end] = [0, size];
    while (end - start > 1) {
      const middle = start + splitOf(end - start);
      if (index < middle) {
        path.unshift(this.hashOf(middle, end, leaves));
        end = middle;
      } else {
        path.unshift(this.hashOf(start, middle, leaves));
        start = middle;
      }
    }
    return path;
  }

  private hashOf(start: number, end: number, leaves: LeafSource): Buffer {
    const size = end - start;
    if (size < chunkSize) return rootOfLeaves(leaves(start, end));
    const level = Math.log2(size / chunkSize);
    if (Number.isInteger(level)) return this.node(level, start / size);
    const middle = start + splitOf(size);
    return nodeHash(this.hashOf(start, middle, leaves), this.hashOf(middle, end, leaves));
  }

  private node(level: number, index: number): Buffer {
    const hash = this.levels[level]?.[index];
    if (!hash) throw new RangeError(`The tree has no subtree ${index} of level ${level}.`);
    return hash;
  }
}

/** The largest power of two below a size of at least 2. */
function splitOf(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1));
}
