/**
 * What can be wrong with a log:
 *
 * - `gap`: a version of a record is missing
 * - `link`: an entry does not name the hash of the version before
 * - `hash`: the hash of an entry is not that of what is stored
 * - `order`: an entry stands where it cannot have been written
 * - `document`: the document is of another record or version, or the record is not as its newest version
 * - `rewritten`: entries are not those that a checkpoint was signed over
 * - `truncated`: there are fewer entries than a checkpoint was signed over
 * - `signature`: a checkpoint is not signed by an accepted key
 * - `checkpoint`: a checkpoint does not follow the one before
 * - `unsigned`: there are entries, but no checkpoint
 * - `removed`: entries are gone that no signed retention covers
 */
export const inconsistencyKinds = [
  'gap',
  'link',
  'hash',
  'order',
  'document',
  'rewritten',
  'truncated',
  'signature',
  'checkpoint',
  'unsigned',
  'removed',
] as const;
export type InconsistencyKind = (typeof inconsistencyKinds)[number];

/** The log differs from what was signed. */
export class InconsistentLogError extends Error {
  override readonly name = 'InconsistentLogError';

  constructor(
    readonly kind: InconsistencyKind,
    detail: string,
  ) {
    super(detail);
  }
}
