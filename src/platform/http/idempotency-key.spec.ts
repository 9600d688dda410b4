import { readIdempotencyKey } from './idempotency-key.js';

const read = (header: string | string[] | undefined, url = '/api/policies', body: unknown = null) =>
  readIdempotencyKey({ headers: { 'idempotency-key': header }, url, body });

describe('readIdempotencyKey', () => {
  it.each([
    ['8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['"8e03978e-40d5"', '8e03978e-40d5'],
    [' padded ', 'padded'],
    ['"with space, and comma"', 'with space, and comma'],
    [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    ["!#$%&'()*+-./:;<=>?@[]^_`{|}~", "!#$%&'()*+-./:;<=>?@[]^_`{|}~"],
    ['k'.repeat(255), 'k'.repeat(255)],
  ])('reads %s as the key %s', (header, key) => {
    expect(read(header)?.key).toBe(key);
  });

  it('finds no key where there is none', () => {
    expect(read(undefined)).toBeUndefined();
  });

  it.each([
    ['', 'nothing'],
    ['""', 'nothing in quotes'],
    ['one, two', 'two'],
    ['one two', 'a space'],
    ['"open', 'an open quote'],
    ['"one", "two"', 'two in quotes'],
    [['one', 'two'], 'two headers'],
    [String.raw`"a\b"`, 'an escape of nothing'],
    ['ü', 'other characters'],
    ['tab\there', 'a tab'],
    ['k'.repeat(256), 'more than 255 characters'],
  ])('refuses %j: %s', (header: string | string[], _what: string) => {
    expect(() => read(header)).toThrow(expect.objectContaining({ code: 'invalid-parameter' }) as Error);
  });

  it('tells requests apart by their path and body', () => {
    const fingerprint = (...request: [string, unknown]) => read('k', ...request)?.fingerprint.toString('hex');
    const one = fingerprint('/api/policies', { a: 1 });
    expect(fingerprint('/api/policies', JSON.parse('{ "a" : 1 }'))).toBe(one);
    expect(fingerprint('/api/policies', { a: '1' })).not.toBe(one);
    expect(fingerprint('/api/policies/b/restore', { a: 1 })).not.toBe(one);
    expect(fingerprint('/api/policies', null)).not.toBe(one);
  });
});
