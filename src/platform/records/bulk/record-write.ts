import type { AcceptedVersions } from '../../http/precondition.js';
import type { ProblemError } from '../../http/problems/problem.error.js';

/** What is to be done with a record. `upsert`: make it where there is none with the id, else change it. */
export type WriteKind = 'create' | 'update' | 'upsert' | 'delete';

/** One write of several, its members validated. */
export interface RecordWrite {
  readonly kind: WriteKind;
  readonly id: string;
  /** The members to write; none of a deletion. */
  readonly members: object;
  /** Members of the body that clients cannot change; accepted if they are what is stored. */
  readonly readOnly: Readonly<Record<string, unknown>>;
  /** The versions on which it may be based; undefined: any. */
  readonly accepted?: AcceptedVersions | undefined;
}

/** What became of a write. */
export type WriteOutcome =
  | { readonly action: 'created' | 'updated' | 'unchanged' | 'deleted'; readonly version: number }
  | ProblemError;
