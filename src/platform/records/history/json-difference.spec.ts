import fc from 'fast-check';
import { differences, patchOf } from './json-difference.js';

/** A reading of RFC 6902 of its own, for the operations that are made here. */
function applied(document: unknown, patch: ReturnType<typeof patchOf>): unknown {
  const result = structuredClone(document);
  for (const operation of patch) {
    const names = operation.path
      .split('/')
      .slice(1)
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = names.pop() ?? '';
    const parent = names.reduce(
      (place, name) => Reflect.get(place as object, name) as unknown,
      result,
    ) as object;
    if (operation.op === 'remove') {
      if (!Reflect.deleteProperty(parent, last)) throw new Error(`nothing at ${operation.path}`);
    } else
      Object.defineProperty(parent, last, {
        value: operation.value,
        enumerable: true,
        writable: true,
        configurable: true,
      });
  }
  return result;
}

/** As PostgreSQL holds them: it has no negative zero. */
const documents = fc
  .dictionary(fc.oneof(fc.constantFrom('a', 'b', 'a/b', '~', ''), fc.string()), fc.jsonValue())
  .map((document) => JSON.parse(JSON.stringify(document)) as Record<string, unknown>);

describe('differences', () => {
  it('gives a patch that makes the later document of the earlier one', () => {
    fc.assert(
      fc.property(documents, documents, (before, after) => {
        expect(applied(before, patchOf(differences(before, after)))).toEqual(after);
      }),
    );
  });

  it('finds none between equal documents', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const copy = JSON.parse(JSON.stringify(document)) as Record<string, unknown>;
        expect(differences(document, copy)).toEqual([]);
      }),
    );
  });

  it('goes into objects, takes lists whole, and tells null from absent', () => {
    expect(
      differences(
        { a: { b: 1, c: 2 }, list: [1, 2], gone: null },
        { a: { b: 1, c: 3 }, list: [1], come: null },
      ),
    ).toEqual([
      { path: '/a/c', before: 2, after: 3 },
      { path: '/list', before: [1, 2], after: [1] },
      { path: '/gone', before: null },
      { path: '/come', after: null },
    ]);
  });
});
