import { identifier } from './document-expression.js';

/**
 * SQL for the constraints of migrations: forms that members of several resources have. The field decorators
 * of `platform/http/fields` hold requests to the same. A null column is right for each of them: whether it
 * may be null is another matter.
 */
const column = (name: string): string => `NEW.${identifier(name)}`;

/** The length in characters of the longest text that a JSON path finds; 0 where there is none. */
export const longest = (value: string, path: string): string =>
  `coalesce((SELECT max(char_length(hit #>> '{}')) FROM jsonb_path_query(${value}, '${path}') hit
    WHERE jsonb_typeof(hit) = 'string'), 0)`;

/** A list of at most so many texts of a form, none of them null. */
export const textListHolds = (name: string, form: string, most: number): string =>
  `cardinality(${column(name)}) <= ${most}
    AND NOT EXISTS (SELECT FROM unnest(${column(name)}) entry WHERE coalesce(entry !~ '${form}', true))`;

/** The form of a record's id. */
export const recordIdForm = '^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$';

/** An amount as a text and a currency, and nothing else. */
export const moneyHolds = (name: string): string =>
  `${column(name)} IS NULL OR coalesce(jsonb_typeof(${column(name)}) = 'object'
    AND ${column(name)} - '{amount,currency}'::text[] = '{}' AND ${amountHolds(column(name), 'amount')}
    AND ${currencyHolds(column(name))}, false)`;

/** A member that is a decimal number as a text: zero or more, at most 14 digits before the point and 4 after it. */
export const amountHolds = (value: string, member: string): string =>
  `jsonb_typeof(${value} -> '${member}') = 'string' AND ${value} ->> '${member}' ~ '^(0|[1-9][0-9]{0,13})(\\.[0-9]{1,4})?$'`;

/** A member `currency` with a code of ISO 4217. */
export const currencyHolds = (value: string): string =>
  `jsonb_typeof(${value} -> 'currency') = 'string' AND ${value} ->> 'currency' ~ '^[A-Z]{3}$'`;

export const tagsHold = (name: string): string => textListHolds(name, '^[a-z0-9][a-z0-9-]{0,49}$', 30);

/** An object of the given members at most, each null or a text of 1 to 500 characters, one a text at least. */
export const textsHold = (name: string, members: readonly string[]): string =>
  `jsonb_typeof(${column(name)}) = 'object' AND ${column(name)} - '{${members.join(',')}}'::text[] = '{}'
    AND jsonb_path_exists(${column(name)}, 'strict $.* ? (@ != null)')
    AND NOT jsonb_path_exists(${column(name)}, 'strict $.* ? (@ != null && @.type() != "string" || @ == "")')
    AND ${longest(column(name), '$.*')} <= 500`;

export const externalIdsHold = (name: string): string =>
  `jsonb_typeof(${column(name)}) = 'object' AND NOT EXISTS (
      SELECT FROM jsonb_each(${column(name)}) entry
      WHERE entry.key !~ '^[a-z0-9][a-z0-9-]{0,49}$' OR jsonb_typeof(entry.value) <> 'string'
        OR char_length(entry.value #>> '{}') NOT BETWEEN 1 AND 200)
    AND ${memberCount(column(name))} <= 20`;

export const customFieldsHold = (name: string): string =>
  `jsonb_typeof(${column(name)}) = 'object' AND NOT EXISTS (
      SELECT FROM jsonb_object_keys(${column(name)}) key WHERE key !~ '^[A-Za-z][A-Za-z0-9_-]{0,49}$')
    AND ${memberCount(column(name))} <= 50`;

const memberCount = (value: string): string => `(SELECT count(*) FROM jsonb_object_keys(${value}))`;

/** No array stands directly in an array, which lax JSON paths do not see. */
export const noNestedArrays = (value: string): string =>
  `NOT jsonb_path_exists(${value}, 'strict $.** ? (@.type() == "array")[*] ? (@.type() == "array")')`;

/** JSON path, within a filter: the object `@` has no other members than these. */
export const onlyMembers = (...members: string[]): string =>
  `!exists(@.keyvalue().key ? (${members.map((member) => `@ != "${member}"`).join(' && ')}))`;

/** JSON path, within a lax filter: a text, but not an empty one. */
export const isText = (path: string): string => `${path}.type() == "string" && ${path} != ""`;

/** JSON path, within a lax filter: null or absent. */
const isNone = (path: string): string => `!exists(${path} ? (@ != null))`;

export const isTextOrNone = (path: string): string => `(${isNone(path)} || ${isText(path)})`;

/** JSON path, within a lax filter: a day of the calendar as YYYY-MM-DD. */
export const isDay = (path: string): string =>
  `exists(${path} ? (@.type() == "string" && @ like_regex "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
      && @.datetime("YYYY-MM-DD").type() == "date"))`;

export const isDayOrNone = (path: string): string => `(${isNone(path)} || ${isDay(path)})`;

export const isWebAddressOrNone = (path: string): string =>
  `(${isNone(path)} || ${path}.type() == "string" && ${path} like_regex "^https?://[^ ]+$")`;
