import { isRawNumber } from './exact-numbers.js';

/** Media type of a JSON Merge Patch (RFC 7396). */
export const mergePatchType = 'application/merge-patch+json';

/**
 * What a JSON value becomes by a JSON Merge Patch (RFC 7396): members of objects are merged, however deep; null
 * removes one; anything else, lists too, takes the place of what was there. Changes neither of the two.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const members = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name);
    else members.set(name, mergePatch(members.get(name), value));
  }
  // It defines members rather than assigning them, so that none reaches the prototype.
  return Object.fromEntries(members);
}

/** Whether a JSON value is an object, with members to merge. */
export function isJsonObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}
