import type { Comparison, Scalar } from './rule.js';

/** What a rule comes to; unknown where a fact or a parameter's value is missing and the rest does not decide. */
export type RuleOutcome = 'satisfied' | 'not_satisfied' | 'unknown';

/** The value of a parameter that a comparison used. */
export interface UsedParameter {
  readonly name: string;
  readonly unit: string | null;
  /** Null where the parameter has no value on the day. */
  readonly value: number | null;
  /** Since when it holds; null before its first value. */
  readonly from: string | null;
  readonly citation: string | null;
}

/** What one rule came to, and why. */
export interface RuleTrace {
  /** JSON Pointer to the rule within the rules; the outermost has the empty one. */
  readonly rule: string;
  readonly kind: 'all' | 'any' | 'not' | 'comparison';
  readonly label: string | null;
  readonly citation: string | null;
  readonly outcome: RuleOutcome;
  /** Of a comparison: the name of its fact. */
  readonly fact?: string;
  /** What was given for it; null where nothing was. */
  readonly given?: Scalar | null;
  readonly op?: Comparison;
  /** What it was compared with; null where the parameter has no value on the day. */
  readonly expected?: Scalar | readonly Scalar[] | null;
  /** Where that is the value of a parameter. */
  readonly parameter?: UsedParameter;
}

/** What rules come to for given facts on a day. */
export interface Evaluation {
  readonly outcome: RuleOutcome;
  /** Where the outcome is unknown: the facts that it is unknown for the lack of. */
  readonly missingFacts: readonly string[];
  /** The same of parameters, which have no value on the day. */
  readonly missingParameters: readonly string[];
  /** Every rule, a rule before those that it holds. */
  readonly trace: readonly RuleTrace[];
}
