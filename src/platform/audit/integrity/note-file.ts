import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { codeOf } from '../../database/error-details.js';

/** Bytes at the end of the file in which its last line is sure to begin. */
const tailLength = 16_384;

/** What the notes of a file are. */
export type NoteKind = 'checkpoint' | 'retention';

/**
 * A file of signed notes about one log: a line of JSON, such as `{"checkpoint": "<note>"}`, for each, only ever
 * appended to. A line that a crash cut short is passed over by readers and ended by the next writer.
 */
export class NoteFile {
  readonly path: string;

  constructor(
    directory: string,
    database: string,
    private readonly kind: NoteKind,
  ) {
    this.path = join(directory, `${database}.${kind}s.ndjson`);
  }

  /** The last note; undefined where there is none. */
  async last(): Promise<string | undefined> {
    const text = await this.tail();
    const lines = text.split('\n').slice(0, -1);
    return lines.map((line) => noteOf(line, this.kind)).findLast((note) => note !== undefined);
  }

  /** All notes, oldest first, read as they are asked for. */
  async *all(): AsyncGenerator<string> {
    try {
      const lines = createInterface({ input: createReadStream(this.path, 'utf8') });
      for await (const line of lines) {
        const note = noteOf(line, this.kind);
        if (note !== undefined) yield note;
      }
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  /** Resolves when the note is on the disk. */
  async append(note: string): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const text = await this.tail();
    const file = await open(this.path, 'a', 0o600);
    try {
      const torn = text !== '' && !text.endsWith('\n');
      await file.appendFile(`${torn ? '\n' : ''}${JSON.stringify({ [this.kind]: note })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  private async tail(): Promise<string> {
    try {
      const file = await open(this.path);
      try {
        const { size } = await file.stat();
        const length = Math.min(size, tailLength);
        const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
        return buffer.toString();
      } finally {
        await file.close();
      }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return '';
      throw error;
    }
  }
}

function noteOf(line: string, kind: NoteKind): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const note: unknown = typeof value === 'object' && value !== null && Reflect.get(value, kind);
    return typeof note === 'string' ? note : undefined;
  } catch {
    return undefined;
  }
}
