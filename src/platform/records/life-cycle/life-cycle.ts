/**
 * The states that the records of a resource go through, in their member and column `status`. The table's
 * trigger holds every writer to it, see `guardLifeCycle`.
 */
export interface LifeCycle {
  /** Where every record begins. */
  readonly initial: string;
  /** By state, those that may follow it. */
  readonly transitions: Readonly<Record<string, readonly string[]>>;
  /** States into which nobody brings a record whose content they were the last to edit. */
  readonly reviewed: readonly string[];
}
