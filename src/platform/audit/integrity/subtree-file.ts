import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../database/error-details.js';
import { ChunkTree } from './chunk-tree.js';
import { isBefore, type Position } from './position.js';

/** A full chunk of the log: the root over its leaves, and its last entry. */
export interface Chunk {
  readonly hash: Buffer;
  readonly end: Position;
}

/** Bytes of a chunk in the file: its hash, xid and seq. */
const recordLength = 48;

/**
 * The full chunks of a log, kept beside its checkpoints: what lets a new process go on, and an inclusion
 * proof be made, without a walk over the whole log. Only a cache: it is checked against the checkpoint by
 * whoever uses it, and made anew when it is gone.
 */
export class SubtreeFile {
  private readonly path: string;
  private chunkTree = new ChunkTree();
  private ends: Position[] = [];
  /** Number of chunks that are in the file; those after it are only in memory. */
  private stored = 0;
  private inode = 0;
  private loading: Promise<void> | undefined;

  constructor(directory: string, database: string) {
    this.path = join(directory, `${database}.subtrees`);
  }

  get tree(): ChunkTree {
    return this.chunkTree;
  }

  get count(): number {
    return this.ends.length;
  }

  /** Whether there is a file, which is first written after a checkpoint. */
  get exists(): boolean {
    return this.inode !== 0;
  }

  /** The last entry of a chunk. */
  end(index: number): Position | undefined {
    return this.ends[index];
  }

  /** The chunk that holds a place, counted from 0; {@link count} where none does yet. */
  chunkOf(position: Position): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const end = this.ends[middle];
      if (end && isBefore(end, position)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes over what another process has added, and forgets what is not in the file. */
  refresh(): Promise<void> {
    this.loading ??= this.load().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async load(): Promise<void> {
    if (this.count > this.stored) this.forget();
    const file = await this.openFile();
    if (!file) return this.forget();
    try {
      const { ino, size } = await file.stat();
      if (ino !== this.inode || size < this.stored * recordLength) this.forget();
      this.inode = ino;
      const length = size - (size % recordLength) - this.stored * recordLength;
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, this.stored * recordLength);
      for (let offset = 0; offset < length; offset += recordLength) this.add(decode(buffer, offset));
      this.stored = this.count;
    } finally {
      await file.close();
    }
  }

  /** Adds a chunk in memory; see {@link save}. */
  add({ hash, end }: Chunk): void {
    this.chunkTree.append(hash);
    this.ends.push(end);
  }

  /** Starts again from an empty log; the file keeps what it has until {@link save}. */
  forget(): void {
    this.chunkTree = new ChunkTree();
    this.ends = [];
    this.stored = 0;
    this.inode = 0;
  }

  /** Writes what was added. What the file held before a {@link forget} is replaced as a whole. */
  async save(): Promise<void> {
    if (this.count === this.stored && this.inode !== 0) return;
    const chunks = this.ends.slice(this.stored).map((end, index) => encode(this.chunkAt(index, end)));
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    if (this.inode === 0) await this.replace(Buffer.concat(chunks));
    else await this.extend(Buffer.concat(chunks));
    this.stored = this.count;
  }

  /** Removes the file. */
  async remove(): Promise<void> {
    this.forget();
    await rm(this.path, { force: true });
  }

  private chunkAt(index: number, end: Position): Chunk {
    return { hash: this.chunkTree.chunk(this.stored + index), end };
  }

  private async replace(content: Buffer): Promise<void> {
    const draft = `${this.path}.${randomUUID()}`;
    try {
      await writeFile(draft, content, { mode: 0o600 });
      await rename(draft, this.path);
    } finally {
      await rm(draft, { force: true });
    }
    const file = await this.openFile();
    this.inode = (await file?.stat())?.ino ?? 0;
    await file?.close();
  }

  private async extend(content: Buffer): Promise<void> {
    const file = await open(this.path, 'r+');
    try {
      // In its place, over whatever a crash left of a record that was cut short.
      await file.write(content, 0, content.length, this.stored * recordLength);
    } finally {
      await file.close();
    }
  }

  private async openFile() {
    try {
      return await open(this.path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}

function encode({ hash, end }: Chunk): Buffer {
  const record = Buffer.alloc(recordLength);
  hash.copy(record);
  record.writeBigUInt64BE(end.xid, 32);
  record.writeBigInt64BE(end.seq, 40);
  return record;
}

function decode(buffer: Buffer, offset: number): Chunk {
  return {
    hash: Buffer.from(buffer.subarray(offset, offset + 32)),
    end: { xid: buffer.readBigUInt64BE(offset + 32), seq: buffer.readBigInt64BE(offset + 40) },
  };
}
