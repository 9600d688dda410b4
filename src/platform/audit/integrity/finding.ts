import type { ChangeEntry } from './change-entry.js';
import type { InconsistencyKind } from './inconsistency.js';

/** One thing that is wrong with a log. Members that do not apply are absent. */
export interface Finding {
  readonly kind: InconsistencyKind;
  /** What is wrong, as a sentence. */
  readonly detail: string;
  readonly resource?: string;
  readonly agency?: string;
  readonly id?: string;
  readonly version?: number;
  readonly seq?: string;
}

/** A finding about one entry. */
export function findingAt(
  { resource, agency, id, version, seq }: Pick<ChangeEntry, 'resource' | 'agency' | 'id' | 'version' | 'seq'>,
  kind: InconsistencyKind,
  detail: string,
): Finding {
  return { kind, detail, resource, agency, id, version, seq };
}

/** A finding as one line for people. */
export function findingLine({ kind, detail, resource, agency, id, version, seq }: Finding): string {
  if (resource === undefined) return `${kind}: ${detail}`;
  return `${kind}: ${resource} ${agency}/${id} version ${version} (seq ${seq}): ${detail}`;
}
