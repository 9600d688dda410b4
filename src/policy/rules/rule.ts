/** How a fact is compared. `in` and `not_in` take a list; the four orders take numbers and days. */
export const comparisons = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'not_in'] as const;
export type Comparison = (typeof comparisons)[number];

/** A value that a fact is compared with. Days are texts, `YYYY-MM-DD`. */
export type Scalar = number | string | boolean;

/** What every rule may say of itself; it decides nothing. */
interface RuleNotes {
  /** What the rule asks, in a few words for people. */
  readonly label?: string;
  /** The legal provision that the rule comes from. */
  readonly citation?: string;
}

/** Satisfied if all of them are. */
export interface AllRule extends RuleNotes {
  readonly all: readonly Rule[];
}

/** Satisfied if one of them is. */
export interface AnyRule extends RuleNotes {
  readonly any: readonly Rule[];
}

/** Satisfied if the other is not. */
export interface NotRule extends RuleNotes {
  readonly not: Rule;
}

/** Compares a fact with a value of its own. */
export interface ValueRule extends RuleNotes {
  readonly fact: string;
  readonly op: Comparison;
  readonly value: Scalar | readonly Scalar[];
}

/** Compares a fact with the value that a parameter of the policy has on the day. */
export interface ParameterRule extends RuleNotes {
  readonly fact: string;
  readonly op: Comparison;
  readonly param: string;
}

/** A rule of eligibility: data that is evaluated, never code (ADR 12). */
export type Rule = AllRule | AnyRule | NotRule | ValueRule | ParameterRule;

/** Bounds of what a policy's rules may be. The table's constraints have the same. */
export const ruleLimits = {
  /** Rules, those that hold others included. */
  rules: 200,
  /** Parts of the JSON Pointer from the outermost rule to the deepest value. */
  depth: 16,
  /** Rules in one `all` or `any`. */
  branches: 50,
  /** Values in one list. */
  values: 100,
  /** Characters of a text that is compared, of a label, and of a citation. */
  text: 200,
} as const;

/** The form of the names of facts and parameters. */
export const namePattern = /^[a-z][A-Za-z0-9]{0,63}$/;

/** Numbers are written with up to 11 digits before the point and 4 after it, which a double holds exactly. */
export const isRuleNumber = (value: unknown): value is number =>
  typeof value === 'number' && /^-?\d{1,11}(\.\d{1,4})?$/.test(String(value));

/** Whether a value is a text of 1 to 200 characters. */
export const isRuleText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && Array.from(value).length <= ruleLimits.text;
