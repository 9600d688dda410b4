import type { MemberProblem } from '../../http/problems/problem.error.js';
import type { ChangeCheck } from './check-on-change.js';
import { literal } from './document-expression.js';
import {
  customFieldsHold,
  moneyHolds,
  newValue,
  recordIdForm,
  tagsHold,
  textHolds,
  textListHolds,
} from './form-checks.js';

/** What a column may hold, whoever writes it: the same as what a field decorator takes from clients. */
export interface ColumnForm {
  /** SQL over the row `NEW` that must not be false; the column is not null there. */
  readonly holds: (column: string) => string;
  /** SQL literal of nothing in such a column, which is right unseen. */
  readonly empty?: string;
  /** What it means to a client, as a sentence starting with "Must be". */
  readonly detail: string;
}

/** A text of so many characters. */
export const textForm = (min: number, max: number): ColumnForm => ({
  holds: (column) => `char_length(${newValue(column)}) BETWEEN ${min} AND ${max}`,
  detail: `Must be a text of ${min} to ${max} characters.`,
});

export const integerForm = (min: number, max: number): ColumnForm => ({
  holds: (column) => `${newValue(column)} BETWEEN ${min} AND ${max}`,
  detail: `Must be a whole number from ${min} to ${max}.`,
});

/** A number of zero or more: at most so many digits, so many of them after the point. */
export const decimalForm = (digits: number, scale: number): ColumnForm => ({
  holds: (column) =>
    `${newValue(column)} >= 0 AND ${newValue(column)} < 1e${digits - scale} AND scale(${newValue(column)}) <= ${scale}`,
  detail: `Must be zero or more, with at most ${digits - scale} digits before the point and ${scale} after it.`,
});

export const moneyForm: ColumnForm = {
  holds: moneyHolds,
  detail: 'Must have an amount as a text, zero or more, and a currency such as USD.',
};

export const dateForm: ColumnForm = {
  holds: (column) => `${newValue(column)} BETWEEN '0001-01-01' AND '9999-12-31'`,
  detail: 'Must be a day in the years 0001 to 9999.',
};

export const instantForm: ColumnForm = {
  holds: (column) =>
    `${newValue(column)} >= '0001-01-01 00:00:00+00' AND ${newValue(column)} < '10000-01-01 00:00:00+00'`,
  detail: 'Must be an instant in the years 0001 to 9999.',
};

export const choiceForm = (...values: readonly string[]): ColumnForm => ({
  holds: (column) => `${newValue(column)} IN (${values.map(literal).join(', ')})`,
  detail: `Must be one of ${values.join(', ')}.`,
});

export const tagsForm: ColumnForm = {
  holds: tagsHold,
  empty: `'{}'`,
  detail: 'Must be a list of at most 30 tags.',
};

export const customFieldsForm: ColumnForm = {
  holds: customFieldsHold,
  empty: `'{}'`,
  detail: 'Must be an object of at most 50 members, named with letters, digits, _ and -.',
};

/** The id of a record. */
export const idForm: ColumnForm = {
  holds: (column) => textHolds(newValue(column), recordIdForm),
  detail: 'Must be an id.',
};

export const idsForm: ColumnForm = {
  holds: (column) => textListHolds(column, recordIdForm, 50),
  empty: `'{}'`,
  detail: 'Must be a list of at most 50 ids.',
};

/** The constraints that hold a table to the forms of its columns. */
export interface ColumnConstraints {
  readonly table: string;
  /** By the names of the constraints. */
  readonly checks: Readonly<Record<string, ChangeCheck>>;
  /** What each means to a client. */
  readonly problems: Readonly<Record<string, MemberProblem>>;
}

/**
 * Names a constraint for each column, such as `grants_title_form`, and one for the id.
 *
 * @param forms by member; the column of `awardedAt` is `awarded_at`
 */
export function columnForms(table: string, forms: Readonly<Record<string, ColumnForm>>): ColumnConstraints {
  const all = Object.entries({ id: idForm, ...forms }).map(([member, form]) => {
    const column = member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return { ...form, column, member, name: `${table}_${column}_form` };
  });
  return {
    table,
    checks: Object.fromEntries(
      all.map(({ name, column, holds, empty }) => [
        name,
        { columns: [column], ...(empty !== undefined && { empty }), holds: holds(column) },
      ]),
    ),
    problems: Object.fromEntries(
      all.map(({ name, member, detail }) => [name, { pointer: `/${member}`, detail }]),
    ),
  };
}
