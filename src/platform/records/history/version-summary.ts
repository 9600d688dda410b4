import { isDeepStrictEqual } from 'node:util';
import { type ChangeOrigin, changeOrigin } from '../change-origin.js';
import { type JsonObject, parseDocument } from './json-difference.js';

/** A row of the log, as far as the history of one record needs it. */
export interface ChangeRow {
  readonly version: number;
  readonly action: string;
  readonly actor: string;
  readonly context: string;
  readonly changed_at: string;
  readonly document: string;
}

/** One version in a record's history, without its document. */
export interface VersionSummary extends ChangeOrigin {
  readonly version: number;
  readonly action: string;
  readonly changedAt: string;
  readonly actor: string;
  /** Members whose value is not that of the version before; null where that was removed. */
  readonly changed: readonly string[] | null;
}

/** Members that differ in every version, and so say nothing. */
const alwaysChanged = new Set(['version', 'updatedAt']);

/**
 * The newest versions of a record, which are given newest first.
 *
 * @param rows the versions, and the one before the last of them where there is one
 * @param count how many versions are wanted
 */
export function versionSummaries(rows: readonly ChangeRow[], count: number): VersionSummary[] {
  const documents = rows.map(({ document }) => parseDocument(document));
  return rows.slice(0, count).map((row, index) => ({
    version: row.version,
    action: row.action,
    changedAt: row.changed_at,
    actor: row.actor,
    ...changeOrigin(JSON.parse(row.context) as Record<string, string | undefined>),
    changed: changedMembers(row.version > 1 ? documents[index + 1] : {}, documents[index] ?? {}),
  }));
}

function changedMembers(before: JsonObject | undefined, after: JsonObject): string[] | null {
  if (!before) return null;
  const members = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...members].filter(
    (member) => !alwaysChanged.has(member) && !isDeepStrictEqual(before[member], after[member]),
  );
}
