import {
  DateField,
  type FieldOptions,
  IntegerField,
  namesLike,
  StructureField,
  withoutNul,
} from '../../platform/http/fields/index.js';
import { pointer } from '../../platform/http/json-pointer.js';
import type { MemberProblem } from '../../platform/http/problems/problem.error.js';
import type { Facts } from '../rules/fact-types.js';
import { isRuleText, namePattern } from '../rules/rule.js';

const maxFacts = 100;

/** What is known of whom a policy is evaluated for. Nothing of it is stored or logged. */
export class EvaluatePolicyDto {
  @FactsField({
    description:
      'What is known, by the names that the rules use: numbers, texts, true and false; days as YYYY-MM-DD.',
    example: { incomePercentOfPoverty: 120, paysForHeating: true },
  })
  facts: Facts;

  @DateField({
    description:
      'The day for which it is asked, by which the values of parameters are chosen; today in UTC if absent.',
    example: '2026-01-15',
    optional: true,
  })
  date?: string | null;

  @IntegerField({
    description: 'The version of the policy to evaluate; the newest if absent.',
    min: 1,
    max: 2_147_483_647,
    example: 3,
    optional: true,
  })
  version?: number | null;
}

function FactsField(options: FieldOptions): PropertyDecorator {
  return StructureField(
    'facts',
    factsProblems,
    {
      type: 'object',
      maxProperties: maxFacts,
      ...namesLike(namePattern),
      additionalProperties: {
        oneOf: [
          { type: 'number' },
          { type: 'string', minLength: 1, maxLength: 200, pattern: withoutNul },
          { type: 'boolean' },
        ],
      },
    },
    options,
  );
}

function factsProblems(value: unknown): readonly MemberProblem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ pointer: '', detail: 'Must be a JSON object.' }];
  const facts = Object.entries(value);
  if (facts.length > maxFacts) return [{ pointer: '', detail: `Must have at most ${maxFacts} members.` }];
  return facts.flatMap(([name, fact]: [string, unknown]) => {
    const detail = factProblem(name, fact);
    return detail === undefined ? [] : [{ pointer: pointer('', name), detail }];
  });
}

function factProblem(name: string, fact: unknown): string | undefined {
  if (!namePattern.test(name))
    return 'Must have another name: a lower-case letter and up to 63 letters and digits.';
  if (typeof fact === 'number' || typeof fact === 'boolean' || isRuleText(fact)) return undefined;
  return 'Must be a number, a text of 1 to 200 characters, true or false; leave out what is not known.';
}
