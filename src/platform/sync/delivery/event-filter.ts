import type { Condition, Target } from '../targets/target.js';
import type { Change } from './cursor-store.js';

/** A change as a filter sees it. */
export interface JudgedChange {
  readonly change: Pick<Change, 'action' | 'document'>;
  /** The document that the target had before; null: there was none; undefined: it is not known. */
  readonly before: string | null | undefined;
  /** It stands for several versions, of which the others are not looked at. */
  readonly coalesced: boolean;
}

type Filter = Pick<Target, 'actions' | 'condition'>;

/** Whether a target wants less than everything. */
export function isFiltered({ actions, condition }: Filter): boolean {
  return actions !== null || condition !== null;
}

/**
 * Whether a target is told of a change: if it wants the action, and the record met its condition before or
 * after; so it also learns that a record no longer meets it. What is not known counts as wanted.
 */
export function wants({ actions, condition }: Filter, { change, before, coalesced }: JudgedChange): boolean {
  if (actions && !coalesced && !actions.includes(change.action)) return false;
  if (!condition || before === undefined || meets(condition, change.document)) return true;
  return before !== null && meets(condition, before);
}

/** Whether a record, as JSON, has for each member of a condition one of its values. */
export function meets(condition: Condition, document: string): boolean {
  const record = JSON.parse(document) as Readonly<Record<string, unknown>>;
  return Object.entries(condition).every(([member, values]) =>
    values.some((value) => Object.hasOwn(record, member) && record[member] === value),
  );
}
