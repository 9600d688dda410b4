import { isDeepStrictEqual } from 'node:util';
import { parseNumbersExactly } from '../../http/exact-numbers.js';

/** One place in which two JSON documents differ. */
export interface Difference {
  /** JSON Pointer (RFC 6901). */
  readonly path: string;
  /** Absent where the place is only in the later document. */
  readonly before?: unknown;
  /** Absent where the place is only in the earlier document. */
  readonly after?: unknown;
}

/** An operation of JSON Patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** A JSON document, parsed. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A number as it is written in a JSON text; `JSON.stringify` writes it so again. */
class RawNumber {
  constructor(private readonly source: string) {}

  toJSON(): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.source);
  }
}

/** Reads a logged document. Numbers that JavaScript cannot hold, which plain SQL may store, stay as they are. */
export function parseDocument(text: string): JsonObject {
  return parseNumbersExactly(text, (_key, source) => new RawNumber(source)) as JsonObject;
}

/**
 * The places in which two documents differ, as deep as objects go. An array is one place: which of its
 * elements were meant to be the same cannot be known.
 */
export function differences(before: JsonObject, after: JsonObject, path = ''): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): Difference[] => {
    const place = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!Object.hasOwn(after, name)) return [{ path: place, before: before[name] }];
    if (!Object.hasOwn(before, name)) return [{ path: place, after: after[name] }];
    const [was, is] = [before[name], after[name]];
    if (isObject(was) && isObject(is)) return differences(was, is, place);
    return isDeepStrictEqual(was, is) ? [] : [{ path: place, before: was, after: is }];
  });
}

/** The JSON Patch that makes the later document of the earlier one. */
export function patchOf(found: readonly Difference[]): PatchOperation[] {
  return found.map((difference): PatchOperation => {
    const { path } = difference;
    if (!('after' in difference)) return { op: 'remove', path };
    return { op: 'before' in difference ? 'replace' : 'add', path, value: difference.after };
  });
}

function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawNumber)
  );
}
