import fc from 'fast-check';
import { evaluate } from './evaluate.js';
import { comparisonsOf, factProblems, type Facts } from './fact-types.js';
import type { Parameters } from './parameter.js';
import { parameterProblems } from './parameter.js';
import { ruleProblems } from './rule-grammar.js';
import type { Rule, Scalar } from './rule.js';

const day = fc.constantFrom('2023-12-31', '2024-01-01', '2024-06-30', '2025-01-01', '2026-01-01');
const parameterNames = ['p', 'q', 'r'];

/** Each fact has one type, so that any rules made of these fit together. */
const operands = {
  income: fc.integer({ min: -3, max: 3 }),
  size: fc.constantFrom(0.5, 1.25, 99_999_999_999.9999),
  born: day,
  state: fc.constantFrom('CO', 'WY', 'NM'),
  veteran: fc.boolean(),
};

const orders = fc.constantFrom('lt', 'lte', 'gt', 'gte');
const equalities = fc.constantFrom('eq', 'ne');
const lists = fc.constantFrom('in', 'not_in');
const compared = (fact: keyof typeof operands, ops: fc.Arbitrary<string>, list = false) =>
  fc.record({
    fact: fc.constant(fact),
    op: ops,
    value: list
      ? fc.array(operands[fact] as fc.Arbitrary<Scalar>, { minLength: 1, maxLength: 3 })
      : operands[fact],
  });

const leaf = fc.oneof(
  compared('income', fc.oneof(orders, equalities)),
  compared('income', lists, true),
  compared('size', orders),
  compared('born', fc.oneof(orders, equalities)),
  compared('state', equalities),
  compared('state', lists, true),
  compared('veteran', equalities),
  fc.record({
    fact: fc.constant('income'),
    op: fc.oneof(orders, equalities),
    param: fc.constantFrom(...parameterNames),
  }),
);

const { rule: rules } = fc.letrec<{ rule: unknown }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.record({ all: fc.array(tie('rule'), { minLength: 1, maxLength: 4 }) }),
    fc.record({ any: fc.array(tie('rule'), { minLength: 1, maxLength: 4 }) }),
    fc.record({ not: tie('rule') }),
  ),
})) as { rule: fc.Arbitrary<Rule> };

const facts = fc.record(operands, { requiredKeys: [] }) as fc.Arbitrary<Facts>;

const parameters: fc.Arbitrary<Parameters> = fc.dictionary(
  fc.constantFrom(...parameterNames),
  fc.record({
    unit: fc.constant('USD'),
    values: fc
      .uniqueArray(fc.record({ from: day, value: fc.option(fc.integer({ min: -3, max: 3 })) }), {
        minLength: 1,
        selector: ({ from }) => from,
      })
      .map((values) => values.sort((a, b) => (a.from < b.from ? -1 : 1))),
  }),
);

/**
 * A direct reading of the grammar: true, false, or undefined where it is not known. Values of parameters are
 * found by looking at every one of them.
 */
function reading(rule: Rule, given: Facts, known: Parameters, on: string): boolean | undefined {
  if ('all' in rule) {
    const read = new Set(rule.all.map((each) => reading(each, given, known, on)));
    return read.has(false) ? false : read.has(undefined) ? undefined : true;
  }
  if ('any' in rule) {
    const read = new Set(rule.any.map((each) => reading(each, given, known, on)));
    return read.has(true) ? true : read.has(undefined) ? undefined : false;
  }
  if ('not' in rule) {
    const read = reading(rule.not, given, known, on);
    return read === undefined ? undefined : !read;
  }
  const fact = given[rule.fact];
  let value: unknown;
  if ('param' in rule) {
    let latest = '';
    for (const each of known[rule.param]?.values ?? [])
      if (each.from <= on && each.from > latest) {
        latest = each.from;
        value = each.value ?? undefined;
      }
  } else value = rule.value;
  if (fact === undefined || value === undefined) return undefined;
  const order = fact < (value as Scalar) ? -1 : fact > (value as Scalar) ? 1 : 0;
  const results: Record<string, boolean> = {
    eq: order === 0,
    ne: order !== 0,
    lt: order < 0,
    lte: order <= 0,
    gt: order > 0,
    gte: order >= 0,
    in: [value].flat().includes(fact),
    not_in: ![value].flat().includes(fact),
  };
  return results[rule.op];
}

const outcomeOf = (read: boolean | undefined): string =>
  read === undefined ? 'unknown' : read ? 'satisfied' : 'not_satisfied';

describe('the evaluation of rules', () => {
  it('comes to what a direct reading comes to', () => {
    fc.assert(
      fc.property(rules, facts, parameters, day, (rule, given, known, on) => {
        const { outcome, trace } = evaluate(rule, known, given, on);
        expect(outcome).toBe(outcomeOf(reading(rule, given, known, on)));
        // Every comparison is in the trace, in order, with what it alone comes to.
        const traced = trace.filter(({ kind }) => kind === 'comparison');
        const alone = [...comparisonsOf(rule)].map((each) => ({
          rule: each.pointer,
          outcome: outcomeOf(reading(each.rule, given, known, on)),
        }));
        expect(traced.map((each) => ({ rule: each.rule, outcome: each.outcome }))).toEqual(alone);
      }),
      { numRuns: 1_000 },
    );
  });

  it('names what is missing: nothing else needs to be known, and any of it may matter', () => {
    fc.assert(
      fc.property(rules, facts, facts, parameters, day, (rule, given, others, known, on) => {
        const { outcome, missingFacts, missingParameters } = evaluate(rule, known, given, on);
        const missing = [...missingFacts, ...missingParameters];
        expect(missing.length > 0).toBe(outcome === 'unknown');
        expect(missingFacts.filter((name) => Object.hasOwn(given, name))).toEqual([]);
        // With other facts than the missing ones it stays as it is.
        const further = Object.fromEntries(
          Object.entries(others).filter(([name]) => !missingFacts.includes(name)),
        );
        const again = evaluate(rule, known, { ...further, ...given }, on);
        expect(outcome === 'unknown' ? outcome : again.outcome).toBe(outcome);
        // Where no parameter is missing, the missing facts are all that it takes.
        const whole = { income: 0, size: 1.25, born: '2024-01-01', state: 'CO', veteran: true };
        const completed = {
          ...given,
          ...Object.fromEntries(missingFacts.map((name) => [name, whole[name as keyof typeof whole]])),
        };
        const later = evaluate(rule, known, completed, on).outcome;
        expect(missingParameters.length === 0 && later === 'unknown').toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('is given only what the grammar lets through', () => {
    fc.assert(
      fc.property(rules, facts, parameters, (rule, given, known) => {
        expect(ruleProblems(rule)).toEqual([]);
        expect(parameterProblems(known)).toEqual([]);
        expect(factProblems(rule, given)).toEqual([]);
      }),
    );
  });

  it('uses the parameter’s value of the day, from its first day on, and none where it has ceased', () => {
    const known = {
      limit: {
        unit: 'USD',
        values: [
          { from: '2024-01-01', value: 10, citation: 'first' },
          { from: '2025-01-01', value: 20, citation: 'second' },
          { from: '2026-01-01', value: null },
        ],
      },
    };
    const rule: Rule = { fact: 'income', op: 'lte', param: 'limit', label: 'Income', citation: 'law' };
    const on = (date: string) => evaluate(rule, known, { income: 15 }, date);
    expect(on('2023-12-31')).toMatchObject({
      outcome: 'unknown',
      missingParameters: ['limit'],
      missingFacts: [],
    });
    expect(on('2024-12-31').outcome).toBe('not_satisfied');
    expect(on('2025-01-01')).toEqual({
      outcome: 'satisfied',
      missingFacts: [],
      missingParameters: [],
      trace: [
        {
          rule: '',
          kind: 'comparison',
          label: 'Income',
          citation: 'law',
          outcome: 'satisfied',
          fact: 'income',
          given: 15,
          op: 'lte',
          expected: 20,
          parameter: { name: 'limit', unit: 'USD', value: 20, from: '2025-01-01', citation: 'second' },
        },
      ],
    });
    expect(on('2026-01-01')).toMatchObject({ outcome: 'unknown', missingParameters: ['limit'] });
  });

  it('refuses any other JSON with a pointer into it, and never fails', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue({ maxDepth: 5 }), rules), fc.jsonValue(), (value, noise) => {
        const spoiled = typeof value === 'object' ? Object.assign({}, value, { extra: noise }) : value;
        const problems = ruleProblems(spoiled);
        expect(problems.length).toBeGreaterThan(0);
        for (const { pointer } of problems) expect(pointer).toMatch(/^(\/|$)/);
        parameterProblems(value);
      }),
    );
  });
});
