import { linesOf } from './lines.js';

/** The lines of a text that arrives in chunks of so many bytes. */
async function split(text: string, size: number, longest = 100): Promise<[number, string | undefined][]> {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
  }
  const lines: [number, string | undefined][] = [];
  for await (const { number, bytes } of linesOf(chunks(), longest)) lines.push([number, bytes?.toString()]);
  return lines;
}

describe('linesOf', () => {
  it.each([1, 2, 3, 7, 1000])('gives the same lines of chunks of %d bytes', async (size) => {
    expect(await split('{"a":"é"}\r\n\n  \n{"b":2}\n\r\nlast', size)).toEqual([
      [1, '{"a":"é"}'],
      [3, '  '],
      [4, '{"b":2}'],
      [6, 'last'],
    ]);
  });

  it.each([1, 4, 1000])(
    'tells of a line that is too long, and goes on after it, chunks of %d bytes',
    async (size) => {
      expect(await split('12345\n123456\n1\n1234567', size, 5)).toEqual([
        [1, '12345'],
        [2, undefined],
        [3, '1'],
        [4, undefined],
      ]);
    },
  );

  it('gives nothing of nothing', async () => {
    expect(await split('', 1)).toEqual([]);
    expect(await split('\n\n', 1)).toEqual([]);
  });
});
