import { identifier } from './document-expression.js';

/**
 * SQL for the constraints of migrations: forms that members of several resources have. The field decorators
 * of `platform/http/fields` hold requests to the same. A null column is right for each of them: whether it
 * may be null is another matter. None of them holds a subquery: PL/pgSQL evaluates an expression without one by
 * itself, and sets up a query for any other, which takes longer than most of the checks.
 */

/** The value that a column gets. */
export const newValue = (column: string): string => `NEW.${identifier(column)}`;

/**
 * The form of a text. A regular expression that counts characters takes PostgreSQL ten times as long as one that does
 * not (12 µs for an id, on cores that others used too), so how many there may be is said beside it.
 */
export interface CheckedText {
  /** Has no quotes and no backslashes. */
  readonly expression: string;
  readonly most: number;
}

/** The form of a record's id. */
export const recordIdForm: CheckedText = { expression: '^[A-Za-z0-9][A-Za-z0-9._~-]*$', most: 64 };

/** The form of a code that is unique in its agency. */
export const codeForm: CheckedText = { expression: '^[A-Z0-9][A-Z0-9._-]+$', most: 64 };

/** A word in small letters: a tag, a category, the name of an external id. */
export const wordForm: CheckedText = { expression: '^[a-z0-9][a-z0-9-]*$', most: 50 };

/** A text has a form. */
export const textHolds = (value: string, { expression, most }: CheckedText): string =>
  `${value} ~ '${expression}' AND char_length(${value}) <= ${most}`;

/**
 * No text that a JSON path finds has more characters. Mostly all of them together have no more bytes, which is found
 * out sooner.
 *
 * @param together SQL of a text that holds them all
 */
export const noneLonger = (
  value: string,
  path: string,
  most: number,
  together = `jsonb_path_query_array(${value}, '${path}')::text`,
): string => `(octet_length(${together}) <= ${most} OR hms.longest_text(${value}, '${path}') <= ${most})`;

/**
 * A list of one to so many texts of a form that has no spaces, none of them null. They are looked at as one text, which
 * takes less time than to make JSON of them: with spaces between them, where a null is a further one, and with none
 * within.
 */
export const textListHolds = (name: string, { expression, most }: CheckedText, mostTexts: number): string => {
  const texts = newValue(name);
  const one = expression.slice(1, -1);
  const together = `array_to_string(${texts}, '')`;
  return `cardinality(${texts}) <= ${mostTexts} AND array_ndims(${texts}) = 1
    AND array_to_string(${texts}, ' ', ' ') ~ '^${one}( ${one})*$' AND strpos(${together}, ' ') = 0
    AND ${noneLonger(`to_jsonb(${texts})`, 'strict $[*]', most, together)}`;
};

/** An amount as a text and a currency, and nothing else. */
export const moneyHolds = (name: string): string =>
  `${newValue(name)} IS NULL OR coalesce(jsonb_typeof(${newValue(name)}) = 'object'
    AND ${newValue(name)} - '{amount,currency}'::text[] = '{}' AND ${amountHolds(newValue(name), 'amount')}
    AND ${currencyHolds(newValue(name))}, false)`;

/** A member that is a decimal number as a text: zero or more, at most 14 digits before the point and 4 after it. */
export const amountHolds = (value: string, member: string): string =>
  `jsonb_typeof(${value} -> '${member}') = 'string' AND ${value} ->> '${member}' ~ '^(0|[1-9][0-9]{0,13})(\\.[0-9]{1,4})?$'`;

/** A member `currency` with a code of ISO 4217. */
export const currencyHolds = (value: string): string =>
  `jsonb_typeof(${value} -> 'currency') = 'string' AND ${value} ->> 'currency' ~ '^[A-Z]{3}$'`;

export const tagsHold = (name: string): string => textListHolds(name, wordForm, 30);

/**
 * A web address, as a regular expression of PostgreSQL and of a JSON path. It names what JavaScript takes for white
 * space, since that of PostgreSQL depends on the locale.
 */
const webAddress =
  '^https?://[^\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]+$';

export const webAddressHolds = (value: string): string =>
  `char_length(${value}) <= 500 AND ${value} ~ '${webAddress}'`;

/** Whom to reach: a name, a mail address, a telephone number and a web address, each null or a text, one at least. */
export const contactHolds = (name: string): string => {
  const contact = newValue(name);
  const noLonger = (member: string, most: number): string =>
    `coalesce(char_length(${contact} ->> '${member}'), 0) <= ${most}`;
  return `jsonb_typeof(${contact}) = 'object' AND ${contact} - '{name,email,phone,url}'::text[] = '{}'
    AND jsonb_path_exists(${contact}, 'strict $.* ? (@ != null)')
    AND NOT jsonb_path_exists(${contact}, 'strict $.* ? (@ != null && @.type() != "string" || @ == "")')
    AND ${noLonger('name', 200)} AND ${noLonger('email', 254)} AND ${noLonger('phone', 40)}
    AND (${contact} ->> 'url' IS NULL OR ${webAddressHolds(`(${contact} ->> 'url')`)})`;
};

export const externalIdsHold = (name: string): string =>
  `jsonb_typeof(${newValue(name)}) = 'object'
    AND ${keysHold(name, wordForm)}
    AND NOT jsonb_path_exists(${newValue(name)}, 'strict $.* ? (@.type() != "string" || @ == "")')
    AND ${noneLonger(newValue(name), 'strict $.*', 200)} AND ${memberCount(newValue(name))} <= 20`;

export const customFieldsHold = (name: string): string =>
  `jsonb_typeof(${newValue(name)}) = 'object' AND ${keysHold(name, { expression: '^[A-Za-z][A-Za-z0-9_-]*$', most: 50 })}
    AND ${memberCount(newValue(name))} <= 50`;

const keysHold = (name: string, { expression, most }: CheckedText): string =>
  `NOT jsonb_path_exists(${newValue(name)}, 'strict $.keyvalue().key ? (!(@ like_regex "${expression}"))')
    AND ${noneLonger(newValue(name), 'strict $.keyvalue().key', most)}`;

export const memberCount = (value: string): string =>
  `jsonb_array_length(jsonb_path_query_array(${value}, 'strict $.*'))`;

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
  `(${isNone(path)} || ${path}.type() == "string" && ${path} like_regex "${webAddress}")`;
