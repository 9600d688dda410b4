import { ApiProperty } from '@nestjs/swagger';
import {
  BooleanField,
  ChoiceField,
  DateField,
  IntegerField,
  TextField,
} from '../../platform/http/fields/index.js';
import type { Evaluation } from '../rules/evaluation.js';
import { RuleTraceDto } from './rule-trace.dto.js';

export const eligibilities = ['eligible', 'not_eligible', 'unknown'] as const;
export type Eligibility = (typeof eligibilities)[number];

/** Whether somebody is eligible, and why. */
export class EvaluationDto implements Omit<Evaluation, 'outcome'> {
  @TextField({ description: 'Id of the policy.', example: '123' })
  id: string;

  @IntegerField({ description: 'The version that was evaluated.', min: 1, example: 3 })
  version: number;

  @DateField({ description: 'The day for which it was evaluated.', example: '2026-01-15' })
  date: string;

  @BooleanField({
    description:
      'Whether that version was published and in force on that day. The rules are evaluated in either case.',
    example: true,
  })
  inForce: boolean;

  @ChoiceField(eligibilities, {
    description:
      'What the rules come to. unknown: a fact or the value of a parameter is missing, and what is there does not ' +
      'decide; or the policy has no rules.',
    example: 'eligible',
  })
  outcome: Eligibility;

  @ApiProperty({
    type: [String],
    description: 'Where the outcome is unknown: the facts that it is unknown for the lack of.',
    example: [],
  })
  missingFacts: readonly string[];

  @ApiProperty({
    type: [String],
    description: 'Where the outcome is unknown: the parameters that have no value on the day.',
    example: [],
  })
  missingParameters: readonly string[];

  @ApiProperty({
    type: [RuleTraceDto],
    description: 'Every rule and what it came to; a rule stands before those that it holds.',
  })
  trace: readonly RuleTraceDto[];
}
