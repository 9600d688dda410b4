/** One of the values that a list is sorted by. */
export interface SortKey {
  readonly expression: string;
  readonly descending: boolean;
}

/** The keys that a client asked for, and the id as the last one: in the direction of the one before. */
export function sortKeys(
  sort: readonly string[],
  valueOf: (member: string) => string,
): readonly [SortKey, ...SortKey[]] {
  const [name, ...others] = sort;
  if (name === undefined) return [{ expression: valueOf('id'), descending: false }];
  const descending = name.startsWith('-');
  const member = descending ? name.slice(1) : name;
  const key = { expression: valueOf(member), descending };
  // No two records have the same id, so nothing is sorted by what comes after it.
  if (member === 'id') return [key];
  return [key, ...sortKeys(others.length > 0 ? others : [descending ? '-id' : 'id'], valueOf)];
}

/** What follows ORDER BY, of these expressions or of columns that hold them. */
export const orderBy = (
  keys: readonly SortKey[],
  nameOf = ({ expression }: SortKey, _index: number) => expression,
): string => keys.map((key, index) => `${nameOf(key, index)}${key.descending ? ' DESC' : ''}`).join(', ');

const operatorOf = ({ descending }: SortKey): string => (descending ? '<' : '>');

/**
 * SQL that holds for what comes after a place in the list.
 *
 * PostgreSQL begins a comparison of rows at its place in the index of the first key. Keys in both directions
 * cannot be one; there the first condition alone names the place in the index, and those of equal first key are
 * gone through.
 *
 * @param place a parameter for each key
 */
export function after(keys: readonly [SortKey, ...SortKey[]], place: readonly string[]): string {
  const [first] = keys;
  if (keys.every(({ descending }) => descending === first.descending)) {
    const expressions = keys.map(({ expression }) => expression).join(', ');
    return `(${expressions}) ${operatorOf(first)} (${place.join(', ')})`;
  }
  return `${first.expression} ${operatorOf(first)}= ${place[0]} AND ${afterOneByOne(keys, place)}`;
}

function afterOneByOne(keys: readonly SortKey[], place: readonly string[]): string {
  const [key, ...others] = keys;
  const [value, ...otherValues] = place;
  if (!key) return 'false';
  const further = afterOneByOne(others, otherValues);
  return `(${key.expression} ${operatorOf(key)} ${value} OR (${key.expression} = ${value} AND ${further}))`;
}
