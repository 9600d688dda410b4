import { isCalendarDate } from '../../platform/http/fields/index.js';
import { pointer } from '../../platform/http/json-pointer.js';
import type { MemberProblem } from '../../platform/http/problems/problem.error.js';
import type { ParameterRule, Rule, Scalar, ValueRule } from './rule.js';

/** What a fact must be so that a rule can compare it. */
export type FactType = 'number' | 'text' | 'day' | 'boolean';

/** What people give to be judged by: facts by name. */
export type Facts = Readonly<Record<string, Scalar>>;

/** The comparisons within a rule, with their pointers, in the order of the rule. */
export function* comparisonsOf(
  rule: Rule,
  where = '',
): Generator<{ readonly rule: ValueRule | ParameterRule; readonly pointer: string }> {
  if ('fact' in rule) yield { rule, pointer: where };
  else if ('not' in rule) yield* comparisonsOf(rule.not, pointer(where, 'not'));
  else
    for (const [index, branch] of ('all' in rule ? rule.all : rule.any).entries())
      yield* comparisonsOf(branch, pointer(pointer(where, 'all' in rule ? 'all' : 'any'), index));
}

/** What a comparison asks its fact to be. Parameters are numbers. */
export function factType(rule: ValueRule | ParameterRule): FactType {
  if ('param' in rule) return 'number';
  const value: unknown = Array.isArray(rule.value) ? rule.value[0] : rule.value;
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  return ['lt', 'lte', 'gt', 'gte'].includes(rule.op) ? 'day' : 'text';
}

/** A day is a text to JSON. */
const jsonType = (type: FactType): string => (type === 'day' ? 'text' : type);

/** Facts that one rule compares with numbers and another with texts, say: no value could suit both. */
export function factTypeConflicts(rules: Rule): readonly MemberProblem[] {
  const types = new Map<string, string>();
  const conflicts: MemberProblem[] = [];
  for (const { rule, pointer: where } of comparisonsOf(rules)) {
    const type = jsonType(factType(rule));
    const known = types.get(rule.fact);
    if (known === undefined) types.set(rule.fact, type);
    else if (known !== type)
      conflicts.push({
        pointer: where,
        detail: `Compares ${rule.fact} as a ${type}, but another rule as a ${known}.`,
      });
  }
  return conflicts.slice(0, 20);
}

const sentences: Readonly<Record<FactType, string>> = {
  number: 'Must be a number: a rule compares it with one.',
  text: 'Must be a text: a rule compares it with one.',
  day: 'Must be a day as YYYY-MM-DD: a rule compares it with one.',
  boolean: 'Must be true or false: a rule compares it with one of them.',
};

/** Facts that are given, but are nothing that the rules could compare. Facts that no rule names may be anything. */
export function factProblems(rules: Rule, facts: Facts): readonly MemberProblem[] {
  const problems = new Map<string, MemberProblem>();
  for (const { rule } of comparisonsOf(rules)) {
    if (!Object.hasOwn(facts, rule.fact) || problems.has(rule.fact)) continue;
    const type = factType(rule);
    if (!isOfType(facts[rule.fact], type))
      problems.set(rule.fact, { pointer: pointer('', rule.fact), detail: sentences[type] });
  }
  return [...problems.values()];
}

function isOfType(value: unknown, type: FactType): boolean {
  if (type === 'day') return isCalendarDate(value);
  return typeof value === (type === 'text' ? 'string' : type);
}
