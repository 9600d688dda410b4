import { isCalendarDate } from '../../platform/http/fields/index.js';
import { pointer } from '../../platform/http/json-pointer.js';
import type { MemberProblem } from '../../platform/http/problems/problem.error.js';
import { isRuleNumber, isRuleText, namePattern, ruleLimits } from './rule.js';

/** A value of a parameter, from a day until the next value begins. */
export interface ParameterValue {
  /** First day on which it holds. */
  readonly from: string;
  /** Null: from that day on there is none. */
  readonly value: number | null;
  /** The legal provision that set it. */
  readonly citation?: string | null;
}

/** A quantity of a policy that changes over time, such as a limit of income. */
export interface Parameter {
  /** What it counts: `USD per month`, `percent`, `years`. */
  readonly unit: string;
  readonly label?: string | null;
  /** By day, ascending. */
  readonly values: readonly ParameterValue[];
}

export type Parameters = Readonly<Record<string, Parameter>>;

/** Bounds of a policy's parameters. The table's constraints have the same. */
export const parameterLimits = { parameters: 50, values: 200, unit: 50 } as const;

/** The value that holds on a day; undefined before the first one. */
export function valueOn({ values }: Parameter, day: string): ParameterValue | undefined {
  // Days as YYYY-MM-DD sort as texts.
  return values.findLast(({ from }) => from <= day);
}

/** What keeps a value from being the parameters of a policy; nothing where it is right. */
export function parameterProblems(value: unknown): readonly MemberProblem[] {
  if (!isObject(value)) return [{ pointer: '', detail: 'Must be a JSON object.' }];
  const parameters = Object.entries(value);
  if (parameters.length > parameterLimits.parameters)
    return [{ pointer: '', detail: `Must have at most ${parameterLimits.parameters} members.` }];
  const problems = parameters.flatMap(([name, parameter]) => {
    const where = pointer('', name);
    if (!namePattern.test(name)) return [{ pointer: where, detail: `Must have another name: ${names}.` }];
    return problemsOfParameter(parameter, where);
  });
  return problems.slice(0, 20);
}

function problemsOfParameter(parameter: unknown, where: string): MemberProblem[] {
  if (!isObject(parameter)) return [{ pointer: where, detail: 'Must be a JSON object.' }];
  const problem = (member: string, detail: string) => ({ pointer: pointer(where, member), detail });
  const { unit, label = null, values, ...others } = parameter;
  const problems = Object.keys(others).map((member) => problem(member, unknown));
  if (!isRuleText(unit) || Array.from(unit).length > parameterLimits.unit)
    problems.push(problem('unit', `Must be a text of 1 to ${parameterLimits.unit} characters.`));
  if (label !== null && !isRuleText(label)) problems.push(problem('label', `Must be ${text}.`));
  if (!Array.isArray(values) || values.length === 0 || values.length > parameterLimits.values)
    return [...problems, problem('values', `Must be a list of 1 to ${parameterLimits.values} values.`)];
  return [...problems, ...problemsOfValues(values, pointer(where, 'values'))];
}

function problemsOfValues(values: readonly unknown[], where: string): MemberProblem[] {
  let before = '';
  return values.flatMap((entry, index) => {
    const here = pointer(where, index);
    if (!isObject(entry)) return [{ pointer: here, detail: 'Must be a JSON object.' }];
    const problem = (member: string, detail: string) => ({ pointer: pointer(here, member), detail });
    const { from, value, citation = null, ...others } = entry;
    const problems = Object.keys(others).map((member) => problem(member, unknown));
    if (!isCalendarDate(from))
      problems.push(problem('from', 'Must be a day of the calendar as YYYY-MM-DD, such as 2025-12-31.'));
    else if (from <= before)
      problems.push(problem('from', 'Must be a later day than that of the value before.'));
    else before = from;
    if (value !== null && !isRuleNumber(value))
      problems.push(problem('value', `Must be null, or ${number}.`));
    if (citation !== null && !isRuleText(citation)) problems.push(problem('citation', `Must be ${text}.`));
    return problems;
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const unknown = 'This member is not known here; leave it out.';
const names = 'a lower-case letter and up to 63 letters and digits';
const text = `a text of 1 to ${ruleLimits.text} characters`;
const number = 'a number with at most 11 digits before the point and 4 after it';
