import type { ComparedRecord, FilterParameter } from './list-filters.js';
import { filterParameters, type ListRules } from './list-rules.js';

/** The values of a statement, of which the first is the agency. */
export class Parameters {
  readonly values: unknown[];

  constructor(agency: string) {
    this.values = [agency];
  }

  /** @returns the name of the parameter in the statement */
  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

/** The filters that a query has a value for. */
export const givenFilters = (rules: Pick<ListRules, 'filters'>, query: object): FilterParameter[] =>
  filterParameters(rules).filter(({ name }) => valueOf(query, name) !== undefined);

/** SQL of each filter that a query has a value for. It holds for the records that are wanted. */
export const filterConditions = (
  rules: Pick<ListRules, 'filters'>,
  query: object,
  record: ComparedRecord,
  parameters: Parameters,
): string[] =>
  givenFilters(rules, query).map(({ name, condition }) =>
    condition(record, parameters.add(valueOf(query, name))),
  );

const valueOf = (query: object, name: string): unknown => (query as Readonly<Record<string, unknown>>)[name];
