import type { FilterParameter, ListFilter } from './list-filters.js';

/**
 * What the list of a resource can be asked for: the allow-list from which its query parameters, their
 * documentation and its SQL are made. What is not named here cannot be asked for.
 */
export interface ListRules {
  /**
   * By member of the record, or by the name of a question about several. Each has an index of its own, which
   * begins with the agency.
   */
  readonly filters: Readonly<Record<string, ListFilter>>;
  /** Members to sort by, beside the id. Each has an index on `(agency, member, id)`. */
  readonly sorts: readonly string[];
  /** What a member without a value counts as when it is compared or sorted, as SQL has it: `infinity`. */
  readonly absent?: Readonly<Record<string, string>>;
  /** The members that `q` looks in, as a phrase; their words are in the column `search` (`keepSearchWords`). */
  readonly searched: string;
  /** Large members, which an entry of a list has only if `fields` names them. */
  readonly large: readonly string[];
}

/** All filter parameters that the rules of a list allow. */
export const filterParameters = ({ filters }: Pick<ListRules, 'filters'>): FilterParameter[] =>
  Object.entries(filters).flatMap(([name, filter]) => filter(name));
