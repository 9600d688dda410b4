import fc from 'fast-check';
import { parseJsonBody } from './json-body.parser.js';
import { ProblemError } from './problems/problem.error.js';

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const parse = (text: string) => parseJsonBody(Buffer.from(text));

function refusalOf(text: string | Buffer): ProblemError {
  try {
    parseJsonBody(Buffer.from(text));
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parseJsonBody', () => {
  it('gives what JSON.parse gives, for any JSON without forbidden names', () => {
    const name = fc
      .string({ maxLength: 8 })
      .filter((each) => !/^(__proto__|constructor|prototype)$|\0/.test(each));
    const leaf = fc.oneof(fc.constantFrom(true, false, null), fc.integer(), name);
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie('value')), fc.dictionary(name, tie('value'))),
    }));
    fc.assert(
      fc.property(value, (json) => {
        const text = JSON.stringify(json);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('accepts every number that JavaScript writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(parse(`[${JSON.stringify(number)}]`)).toEqual([JSON.parse(JSON.stringify(number))]);
      }),
    );
  });

  it.each([
    '1.0',
    '1e2',
    '1E+2',
    '100e-2',
    '0.10',
    '-0',
    '-0.0e5',
    '5e-324',
    '1.7976931348623157e308',
    '0e999',
  ])('accepts %s, which is the same number as a double', (number) => {
    expect(parse(`{"n":${number}}`)).toEqual({ n: JSON.parse(number) as number });
  });

  it.each(['1e400', '-1e400', '1e-400', '9007199254740993', '0.10000000000000001', '123456789.123456789123'])(
    'refuses %s, which a double does not keep',
    (number) => {
      expect(refusalOf(`{"a/b":[0,{"n":${number}}]}`).extras.errors).toEqual([
        { pointer: '/a~1b/1/n', detail: expect.stringContaining('send it as a string') as string },
      ]);
    },
  );

  it('takes long digits inside a text for what they are', () => {
    expect(parse('{"a":", 12345678901234567890"}')).toEqual({ a: ', 12345678901234567890' });
  });

  it.each([
    ['{"a":"\\u0000"}', '/a'],
    ['{"a":["\\ud800"]}', '/a/0'],
    ['{"a":"\\udc00x"}', '/a'],
    ['{"a\\u0000":1}', '/a\uFFFD'],
    ['{"\\ud83d":1}', '/\uFFFD'],
  ])('refuses %s, which PostgreSQL cannot keep', (text, pointer) => {
    expect(refusalOf(text).extras.errors?.[0]?.pointer).toBe(pointer);
  });

  it('accepts a whole surrogate pair, written as escapes or as itself', () => {
    expect(parse('{"a":"\\ud83d\\ude00😀"}')).toEqual({ a: '😀😀' });
  });

  it('accepts 64 levels and refuses 65, however deep it goes', () => {
    expect(() => parse(nested(64))).not.toThrow();
    expect(refusalOf(nested(65)).code).toBe('validation-failed');
    expect(refusalOf(nested(100_000)).code).toBe('validation-failed');
  });

  it('stops at 20 problems', () => {
    const members = Array.from({ length: 1000 }, () => '{"prototype":1}').join(',');
    expect(refusalOf(`[${members}]`).extras.errors).toHaveLength(20);
  });

  it('refuses what is empty, not UTF-8 or not JSON as malformed, without quoting it', () => {
    for (const body of [
      '',
      ' ',
      '{',
      '{"a":secret}',
      '{"a":01}',
      "{'a':1}",
      'NaN',
      Buffer.from([0x22, 0xc0, 0x22]),
    ])
      expect(refusalOf(body)).toMatchObject({
        code: 'malformed-request',
        message: expect.not.stringContaining('secret') as string,
      });
  });

  it('skips a byte order mark', () => {
    expect(parse('\uFEFF{}')).toEqual({});
  });
});
