import { createRequire } from 'node:module';
import fc from 'fast-check';
import { parseKeepingNumbers } from './exact-numbers.js';
import { mergePatch } from './merge-patch.js';

const oracle = createRequire(import.meta.url)('json-merge-patch') as {
  apply(target: unknown, patch: unknown): unknown;
};

/** JSON with few names, so that patches meet what they patch; some are names of what objects inherit. */
const json = fc.letrec((value) => ({
  value: fc.oneof({ maxDepth: 4 }, value('scalar'), value('list'), value('object')),
  scalar: fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string({ maxLength: 3 })),
  list: fc.array(value('value'), { maxLength: 3 }),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c', '', '0', 'toString', 'valueOf'), value('value'), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
})).value;

describe('mergePatch', () => {
  it('does what an independent implementation of RFC 7396 does, and changes nothing that it is given', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = JSON.stringify([target, patch]);
        expect(mergePatch(target, patch)).toEqual(
          oracle.apply(structuredClone(target), structuredClone(patch)),
        );
        expect(JSON.stringify([target, patch])).toBe(before);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('turns %j by %j into %j, as RFC 7396 has it in its appendix', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  it('does not reach the prototype of anything', () => {
    const patch: unknown = JSON.parse('{"__proto__": {"x": 1}, "constructor": {"prototype": {"x": 1}}}');
    const merged = mergePatch({}, patch);
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}');
    expect(Reflect.get({}, 'x')).toBeUndefined();
  });

  it('keeps numbers that JavaScript cannot hold, and replaces one like any other', () => {
    const stored = parseKeepingNumbers('{"a": 12345678901234567890, "b": {"c": 1e400}, "d": 1e400}');
    const merged = mergePatch(stored, { b: { e: 1 }, d: { f: 1 } });
    expect(JSON.stringify(merged)).toBe('{"a":12345678901234567890,"b":{"c":1e400,"e":1},"d":{"f":1}}');
  });
});
