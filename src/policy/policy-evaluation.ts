import { validationFailed } from '../platform/http/validation.js';
import type { RecordDocument } from '../platform/records/record-document.js';
import type { EvaluatePolicyDto } from './dto/evaluate-policy.dto.js';
import type { Eligibility, EvaluationDto } from './dto/evaluation.dto.js';
import type { Policy } from './policy.entity.js';
import { evaluate } from './rules/evaluate.js';
import type { Evaluation, RuleOutcome } from './rules/evaluation.js';
import { factProblems } from './rules/fact-types.js';

const eligibility: Readonly<Record<RuleOutcome, Eligibility>> = {
  satisfied: 'eligible',
  not_satisfied: 'not_eligible',
  unknown: 'unknown',
};

/** Without rules nothing is known of who is eligible. */
const withoutRules: Evaluation = { outcome: 'unknown', missingFacts: [], missingParameters: [], trace: [] };

/**
 * Evaluates a policy for what is known of somebody. Nothing is stored.
 *
 * @param today as YYYY-MM-DD, where no date is given
 * @throws {ProblemError} `validation-failed` naming facts of a type that the rules cannot compare
 */
export function evaluatePolicy(
  { id, version, json }: RecordDocument,
  { facts, date }: EvaluatePolicyDto,
  today: string,
): EvaluationDto {
  const policy = JSON.parse(json) as Policy;
  const day = date ?? today;
  const problems = policy.rules ? factProblems(policy.rules, facts) : [];
  if (problems.length > 0)
    throw validationFailed(problems.map(({ pointer, detail }) => ({ pointer: `/facts${pointer}`, detail })));
  const { outcome, ...reasons } = policy.rules
    ? evaluate(policy.rules, policy.parameters, facts, day)
    : withoutRules;
  return {
    id,
    version,
    date: day,
    inForce: isInForce(policy, day),
    outcome: eligibility[outcome],
    ...reasons,
  };
}

/** Published, and the day lies in the half-open span from `effectiveFrom` to `effectiveTo`. */
function isInForce({ status, effectiveFrom, effectiveTo }: Policy, day: string): boolean {
  return (
    status === 'published' &&
    (effectiveFrom === null || effectiveFrom <= day) &&
    (effectiveTo === null || day < effectiveTo)
  );
}
