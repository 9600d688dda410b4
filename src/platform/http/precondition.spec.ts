import { changePrecondition, knownTag, parseIfMatch } from './precondition.js';

describe('If-Match', () => {
  it.each([
    [undefined, undefined],
    ['*', undefined],
    ['"3.1"', [3]],
    ['"3.2"', [3]],
    ['"3.1", "4.1"', [3, 4]],
    ['W/"3.1"', []],
    ['"abc"', []],
    ['"3"', []],
    ['"99999999999.1"', []],
    ['""', []],
    ['"3.1",', [3]],
    [' , "3.1" ,\t, "4.1"', [3, 4]],
    ['"a,b", "3.1"', [3]],
    ['"3.1,4.1"', []],
    ['"3.1-gzip", "4.1-zstd", "5.1-br"', [3, 4, 5]],
    ['"3.1-other"', []],
    ['W/"3.1-gzip"', []],
  ])('reads %s as the versions %j', (header, versions) => {
    expect(parseIfMatch(header)).toEqual(versions);
  });

  it.each(['3.1', '"3.1', '', ' ', ',', '"3.1" "4.1"', '"a"b"', '"3.1", *'])(
    'refuses %s and says what it takes',
    (header) => {
      expect(() => parseIfMatch(header)).toThrow('The If-Match header must be * or entity tags');
    },
  );
});

describe('If-None-Match', () => {
  it.each([
    ['"3.1"', '"3.1"'],
    ['W/"3.1"', '"3.1"'],
    ['"2.1", "3.1"', '"3.1"'],
    ['*', '"3.1"'],
    ['"a,b", , "3.1"', '"3.1"'],
    ['"3.1-gzip"', '"3.1-gzip"'],
    ['W/"3.1-br", "3.1"', '"3.1-br"'],
  ])('%s knows "3.1" as %s', (header, tag) => {
    expect(knownTag(header, '"3.1"')).toBe(tag);
  });

  it.each(['"3.2"', '"other"', '"x,3.1"', '"3.1-other"', '"3.2-gzip"'])(
    '%s does not know "3.1"',
    (header) => {
      expect(knownTag(header, '"3.1"')).toBeUndefined();
    },
  );
});

describe('The precondition of a change', () => {
  it('accepts no version where nothing may exist', () => {
    expect(changePrecondition({ 'if-none-match': '*' })).toEqual([]);
    expect(changePrecondition({ 'if-match': '"3.1"', 'if-none-match': '*' })).toEqual([]);
  });

  it('is that of If-Match otherwise, and refuses other tags that must not match', () => {
    expect(changePrecondition({ 'if-match': '"3.1"' })).toEqual([3]);
    expect(changePrecondition({})).toBeUndefined();
    expect(() => changePrecondition({ 'if-none-match': '"3.1"' })).toThrow('If-None-Match only with *');
  });
});
