import { pointer } from '../../platform/http/json-pointer.js';
import type { Evaluation, RuleOutcome, RuleTrace, UsedParameter } from './evaluation.js';
import type { Facts } from './fact-types.js';
import { type Parameters, valueOn } from './parameter.js';
import type { Comparison, ParameterRule, Rule, Scalar, ValueRule } from './rule.js';

/**
 * Evaluates rules that fit the grammar for facts that fit the rules. Pure: the same arguments give the same
 * result. Every rule is evaluated, also where the outcome is clear before, so that the trace is whole; the
 * work is linear in the size of the rules. Kleene's three-valued logic: what is unknown decides nothing,
 * and where the rest decides, it does not matter.
 *
 * @param day as YYYY-MM-DD, by which the values of parameters are chosen
 */
export function evaluate(rules: Rule, parameters: Parameters, facts: Facts, day: string): Evaluation {
  const evaluator = new Evaluator(parameters, facts, day);
  const { outcome, missing } = evaluator.visit(rules, '');
  const named = (kind: Missing['kind']): string[] =>
    [...new Set(missing.filter((each) => each.kind === kind).map(({ name }) => name))].sort();
  return {
    outcome,
    missingFacts: named('fact'),
    missingParameters: named('parameter'),
    trace: evaluator.trace,
  };
}

interface Missing {
  readonly kind: 'fact' | 'parameter';
  readonly name: string;
}

/** Where the outcome is known, nothing is missing. */
interface Visit {
  readonly outcome: RuleOutcome;
  readonly missing: readonly Missing[];
}

const negation = { satisfied: 'not_satisfied', not_satisfied: 'satisfied', unknown: 'unknown' } as const;

class Evaluator {
  readonly trace: RuleTrace[] = [];

  constructor(
    private readonly parameters: Parameters,
    private readonly facts: Facts,
    private readonly day: string,
  ) {}

  visit(rule: Rule, where: string): Visit {
    if ('fact' in rule) return this.comparison(rule, where);
    const place = this.trace.length;
    // Its place in the trace is before those of the rules within; what it comes to is known after them.
    this.trace.push({ ...notes(rule, where), kind: kindOf(rule), outcome: 'unknown' });
    const visit = this.group(rule, where);
    this.trace[place] = { ...notes(rule, where), kind: kindOf(rule), outcome: visit.outcome };
    return visit;
  }

  private group(rule: Exclude<Rule, ValueRule | ParameterRule>, where: string): Visit {
    if ('not' in rule) {
      const { outcome, missing } = this.visit(rule.not, pointer(where, 'not'));
      return { outcome: negation[outcome], missing };
    }
    const [kind, rules, decisive] =
      'all' in rule
        ? (['all', rule.all, 'not_satisfied'] as const)
        : (['any', rule.any, 'satisfied'] as const);
    const visits = rules.map((each, index) => this.visit(each, pointer(pointer(where, kind), index)));
    if (visits.some(({ outcome }) => outcome === decisive)) return { outcome: decisive, missing: [] };
    const missing = visits.flatMap((visit) => visit.missing);
    const isUnknown = visits.some(({ outcome }) => outcome === 'unknown');
    return { outcome: isUnknown ? 'unknown' : negation[decisive], missing };
  }

  private comparison(rule: ValueRule | ParameterRule, where: string): Visit {
    const { fact, op } = rule;
    const given = Object.hasOwn(this.facts, fact) ? (this.facts[fact] ?? null) : null;
    const parameter = 'param' in rule ? this.parameter(rule.param) : undefined;
    const expected = 'param' in rule ? (parameter?.value ?? null) : rule.value;
    const missing: Missing[] = [];
    if (given === null) missing.push({ kind: 'fact', name: fact });
    if (parameter?.value === null) missing.push({ kind: 'parameter', name: parameter.name });
    const outcome =
      given === null || expected === null
        ? 'unknown'
        : compares(given, op, expected)
          ? 'satisfied'
          : 'not_satisfied';
    const used = parameter && { parameter };
    this.trace.push({
      ...notes(rule, where),
      kind: 'comparison',
      outcome,
      fact,
      given,
      op,
      expected,
      ...used,
    });
    return { outcome, missing };
  }

  private parameter(name: string): UsedParameter {
    const parameter = Object.hasOwn(this.parameters, name) ? this.parameters[name] : undefined;
    const current = parameter && valueOn(parameter, this.day);
    return {
      name,
      unit: parameter?.unit ?? null,
      value: current?.value ?? null,
      from: current?.from ?? null,
      citation: current?.citation ?? null,
    };
  }
}

const kindOf = (rule: Rule): 'all' | 'any' | 'not' => ('all' in rule ? 'all' : 'any' in rule ? 'any' : 'not');

const notes = (rule: Rule, where: string): Pick<RuleTrace, 'rule' | 'label' | 'citation'> => ({
  rule: where,
  label: rule.label ?? null,
  citation: rule.citation ?? null,
});

/** Numbers compare as numbers, days as their texts. */
function compares(given: Scalar, op: Comparison, expected: Scalar | readonly Scalar[]): boolean {
  if (Array.isArray(expected)) return expected.includes(given) === (op === 'in');
  return orders[op](given, expected as Scalar);
}

const never = (): boolean => false;

/** Of one value with another; a list is compared above. */
const orders: Readonly<Record<Comparison, (given: Scalar, value: Scalar) => boolean>> = {
  eq: (given, value) => given === value,
  ne: (given, value) => given !== value,
  lt: (given, value) => given < value,
  lte: (given, value) => given <= value,
  gt: (given, value) => given > value,
  gte: (given, value) => given >= value,
  in: never,
  not_in: never,
};
