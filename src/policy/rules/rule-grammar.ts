import { isCalendarDate } from '../../platform/http/fields/index.js';
import { pointer } from '../../platform/http/json-pointer.js';
import type { MemberProblem } from '../../platform/http/problems/problem.error.js';
import { factTypeConflicts } from './fact-types.js';
import { comparisons, isRuleNumber, isRuleText, namePattern, type Rule, ruleLimits } from './rule.js';

/**
 * What keeps a value from being the rules of a policy, with pointers from its outermost rule on; nothing
 * where it is right. Whether the parameters that it names are there is not looked at: that is a matter of
 * the whole record, which the table's constraints see.
 */
export function ruleProblems(value: unknown): readonly MemberProblem[] {
  const grammar = new RuleGrammar();
  grammar.visit(value, '', 0);
  return grammar.problems.length > 0 ? grammar.problems.slice(0, 20) : factTypeConflicts(value as Rule);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

class RuleGrammar {
  readonly problems: MemberProblem[] = [];
  private rules = 0;

  /** @param depth parts of the pointer to the rule */
  visit(rule: unknown, where: string, depth: number): void {
    if (++this.rules === ruleLimits.rules + 1) this.note('', `Must hold at most ${ruleLimits.rules} rules.`);
    if (this.rules > ruleLimits.rules) return;
    if (!isObject(rule)) return this.note(where, `Must be a rule: ${forms}.`);
    const kind = ['all', 'any', 'not', 'fact'].find((name) => Object.hasOwn(rule, name));
    if (depth + (kind === 'all' || kind === 'any' ? 2 : 1) > ruleLimits.depth)
      return this.note(where, `Lies too deep: at most ${ruleLimits.depth} steps below the outermost rule.`);
    if (kind === undefined) return this.note(where, `Must be a rule: ${forms}.`);
    this.members(rule, where, kind === 'fact' ? ['fact', 'op', 'value', 'param'] : [kind]);
    if (kind === 'not') this.visit(rule['not'], pointer(where, 'not'), depth + 1);
    else if (kind === 'fact') this.comparison(rule, where, depth);
    else this.branches(rule[kind], pointer(where, kind), depth + 1);
  }

  private members(rule: Record<string, unknown>, where: string, own: readonly string[]): void {
    for (const [name, value] of Object.entries(rule)) {
      if (own.includes(name)) continue;
      if (name !== 'label' && name !== 'citation')
        this.note(pointer(where, name), 'This member is not known here; leave it out.');
      else if (!isRuleText(value)) this.note(pointer(where, name), `Must be ${text}.`);
    }
  }

  private branches(rules: unknown, where: string, depth: number): void {
    if (!Array.isArray(rules) || rules.length === 0 || rules.length > ruleLimits.branches)
      return this.note(where, `Must be a list of 1 to ${ruleLimits.branches} rules.`);
    rules.forEach((rule, index) => this.visit(rule, pointer(where, index), depth + 1));
  }

  private comparison(
    { fact, op, value, param }: Record<string, unknown>,
    where: string,
    depth: number,
  ): void {
    if (typeof fact !== 'string' || !namePattern.test(fact))
      this.note(pointer(where, 'fact'), `Must be the name of a fact: ${name}.`);
    const known = comparisons.find((each) => each === op);
    if (!known) return this.note(pointer(where, 'op'), `Must be one of ${comparisons.join(', ')}.`);
    const takesList = known === 'in' || known === 'not_in';
    if (takesList && depth + 2 > ruleLimits.depth)
      return this.note(where, `Lies too deep: at most ${ruleLimits.depth} steps below the outermost rule.`);
    if (param === undefined && value === undefined)
      return this.note(where, 'Must have either a value or a param.');
    if (param === undefined) return this.value(known, value, pointer(where, 'value'));
    if (value !== undefined || takesList)
      return this.note(pointer(where, 'param'), 'Must not stand beside a value, nor with in and not_in.');
    if (typeof param !== 'string' || !namePattern.test(param))
      this.note(pointer(where, 'param'), `Must be the name of a parameter: ${name}.`);
  }

  private value(op: string, value: unknown, where: string): void {
    if (op === 'in' || op === 'not_in') {
      const list: unknown[] = Array.isArray(value) ? value : [];
      const fits = list.every(isRuleNumber) || list.every(isRuleText);
      if (!fits || list.length === 0 || list.length > ruleLimits.values)
        this.note(where, `Must be a list of 1 to ${ruleLimits.values} numbers or of as many texts.`);
    } else if (op === 'eq' || op === 'ne') {
      if (!isRuleNumber(value) && !isRuleText(value) && typeof value !== 'boolean')
        this.note(where, `Must be ${number}, ${text}, true or false.`);
    } else if (!isRuleNumber(value) && !isCalendarDate(value))
      this.note(where, `Must be ${number}, or a day as YYYY-MM-DD.`);
  }

  private note(where: string, detail: string): void {
    this.problems.push({ pointer: where, detail });
  }
}

const forms = 'an object with all, any, not, or a fact and an op';
const name = 'a lower-case letter and up to 63 letters and digits';
const text = `a text of 1 to ${ruleLimits.text} characters`;
const number = 'a number with at most 11 digits before the point and 4 after it';
