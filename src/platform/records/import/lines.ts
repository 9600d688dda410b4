/** One line of a body. */
export interface Line {
  /** Its number; the first is 1. */
  readonly number: number;
  /** What it holds, without its end; undefined: it is longer than a line may be. */
  readonly bytes: Buffer | undefined;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Splits a stream of bytes into lines that end with LF or CRLF; the last one need not. Empty lines are counted and
 * passed over. No more than a chunk of the stream and one line is in memory.
 *
 * @param longest bytes that a line may have; of a longer one the rest is read and forgotten
 */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  longest: number,
): AsyncGenerator<Line, void, undefined> {
  let number = 1;
  let parts: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer): void => {
    length += part.length;
    if (length <= longest) parts.push(part);
    else parts = [];
  };
  const end = (): Line | undefined => {
    const bytes = length > longest ? undefined : withoutReturn(Buffer.concat(parts));
    const line = length === 0 || bytes?.length === 0 ? undefined : { number, bytes };
    parts = [];
    length = 0;
    number += 1;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, start)) {
      add(chunk.subarray(start, at));
      start = at + 1;
      const line = end();
      if (line) yield line;
    }
    add(chunk.subarray(start));
  }
  const last = end();
  if (last) yield last;
}

const withoutReturn = (bytes: Buffer): Buffer =>
  bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes;
