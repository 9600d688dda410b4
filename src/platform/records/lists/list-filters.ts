import {
  choiceRule,
  CommaListField,
  dayRule,
  field,
  type FieldRule,
  instantRule,
  recordIdRule,
  textRule,
} from '../../http/fields/index.js';

/** A query parameter that filters a list. */
export interface FilterParameter {
  readonly name: string;
  /** Checks its value, and documents it. */
  readonly field: PropertyDecorator;
  /** SQL that holds for the records that are wanted. */
  readonly condition: (record: ComparedRecord, parameter: string) => string;
  /** Its index is that of words (GIN), which gives records in no order. */
  readonly unordered?: boolean;
}

/** How a condition looks at a record, in SQL. */
export interface ComparedRecord {
  readonly valueOf: (member: string) => string;
  /** Whether a list has an entry. The index knows the lists that `keepSearchWords` was told of. */
  readonly has: (member: string, entry: string) => string;
}

/** The parameters that one entry of the allow-list stands for. */
export type ListFilter = (name: string) => readonly FilterParameter[];

/** Most values of one `[in]`. */
const mostValues = 50;

/** One of a closed list of texts: `status=draft`, `status[in]=draft,published`. */
export const choice = (values: readonly string[]): ListFilter => equalOrIn(choiceRule(values));

/** A short text, compared to the letter: equal, in, or beginning with it (`code[prefix]=SNAP`). */
export const text =
  (max: number): ListFilter =>
  (member) => {
    const rule = textRule({ min: 1, max });
    return [...equalOrIn(rule)(member), prefix(rule, member)];
  };

/** The beginning of a long text, to the letter. */
export const beginning =
  (max: number): ListFilter =>
  (member) => [prefix(textRule({ min: 1, max }), member)];

/** A day: equal, or before or after one (`gt`, `gte`, `lt`, `lte`). */
export const day: ListFilter = (member) => [equal(dayRule, member), ...ranges(dayRule, member)];

/** An instant: before or after one. */
export const instant: ListFilter = (member) => ranges(instantRule, member);

/** An entry of a list of texts: `tags=energy`. */
export const entry =
  (max: number): ListFilter =>
  (member) => [has(textRule({ min: 1, max }), member)];

/** An entry of a list of ids. */
export const entryId: ListFilter = (member) => [has(recordIdRule, member)];

/** A day that is within the half-open period of two members. */
export const dayWithin =
  (from: string, to: string): ListFilter =>
  (name) => [
    {
      name,
      field: field(dayRule, {
        description: `Only records whose ${from} is not after this day, and whose ${to} is.`,
        optional: true,
      }),
      condition: ({ valueOf }, parameter) =>
        `${valueOf(from)} <= ${parameter} AND ${valueOf(to)} > ${parameter}`,
    },
  ];

const equalOrIn =
  (rule: FieldRule): ListFilter =>
  (member) => [
    equal(rule, member),
    {
      name: `${member}[in]`,
      field: CommaListField(rule, {
        description: `Only records whose ${member} is one of these, separated by commas.`,
        max: mostValues,
        optional: true,
      }),
      condition: ({ valueOf }, parameter) => `${valueOf(member)} = ANY (${parameter})`,
    },
  ];

function equal(rule: FieldRule, member: string): FilterParameter {
  return compared(rule, member, '=', { name: member, description: `Only records whose ${member} is this.` });
}

function prefix(rule: FieldRule, member: string): FilterParameter {
  return compared(rule, member, '^@', {
    name: `${member}[prefix]`,
    description: `Only records whose ${member} begins with this, to the letter.`,
  });
}

const comparisons = {
  gt: ['>', 'after this'],
  gte: ['>=', 'this or after it'],
  lt: ['<', 'before this'],
  lte: ['<=', 'this or before it'],
} as const;

const ranges = (rule: FieldRule, member: string): FilterParameter[] =>
  Object.entries(comparisons).map(([operator, [sql, meaning]]) =>
    compared(rule, member, sql, {
      name: `${member}[${operator}]`,
      description: `Only records whose ${member} is ${meaning}.`,
    }),
  );

function compared(
  rule: FieldRule,
  member: string,
  operator: string,
  { name, description }: { name: string; description: string },
): FilterParameter {
  return {
    name,
    field: field(rule, { description, optional: true }),
    condition: ({ valueOf }, parameter) => `${valueOf(member)} ${operator} ${parameter}`,
  };
}

function has(rule: FieldRule, member: string): FilterParameter {
  return {
    name: member,
    field: field(rule, { description: `Only records that have this among their ${member}.`, optional: true }),
    condition: (record, parameter) => record.has(member, parameter),
    unordered: true,
  };
}
