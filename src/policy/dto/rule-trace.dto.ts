import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, TextField } from '../../platform/http/fields/index.js';
import type { RuleOutcome, RuleTrace, UsedParameter } from '../rules/evaluation.js';
import { type Comparison, comparisons, type Scalar } from '../rules/rule.js';

const scalars = [{ type: 'number' }, { type: 'string' }, { type: 'boolean' }];

/** The value of a parameter that a comparison used. */
export class UsedParameterDto implements UsedParameter {
  @TextField({ description: 'Name of the parameter.', example: 'incomeLimit' })
  name: string;

  @TextField({
    description: 'What it counts.',
    nullable: true,
    example: 'percent of the poverty guideline',
  })
  unit: string | null;

  @ApiProperty({
    type: 'number',
    nullable: true,
    description: 'Its value on the day; null where it has none.',
    example: 150,
  })
  value: number | null;

  @TextField({
    description: 'Since when that holds; null before its first value.',
    nullable: true,
    example: '2025-10-01',
  })
  from: string | null;

  @TextField({
    description: 'The legal provision that set it.',
    nullable: true,
    example: '42 U.S.C. 8624(b)(2)(B)(i)',
  })
  citation: string | null;
}

/** What one rule came to, and why. The members from fact on are of comparisons only. */
export class RuleTraceDto implements RuleTrace {
  @TextField({
    description: 'JSON Pointer to the rule within rules; empty for the outermost.',
    example: '/all/0',
  })
  rule: string;

  @ChoiceField(['all', 'any', 'not', 'comparison'], { description: 'Its form.', example: 'comparison' })
  kind: RuleTrace['kind'];

  @TextField({ description: 'What it asks.', nullable: true, example: 'Income within the limit' })
  label: string | null;

  @TextField({
    description: 'The legal provision that it comes from.',
    nullable: true,
    example: '42 U.S.C. 8624(b)(2)(B)',
  })
  citation: string | null;

  @ChoiceField(['satisfied', 'not_satisfied', 'unknown'], {
    description: 'What it came to.',
    example: 'satisfied',
  })
  outcome: RuleOutcome;

  @ApiProperty({
    type: 'string',
    required: false,
    description: 'Name of the fact.',
    example: 'incomePercentOfPoverty',
  })
  fact?: string;

  @ApiProperty({
    required: false,
    nullable: true,
    oneOf: scalars,
    description: 'What was given for it; null where nothing was.',
    example: 120,
  })
  given?: Scalar | null;

  @ApiProperty({
    type: 'string',
    enum: [...comparisons],
    required: false,
    description: 'How it was compared.',
    example: 'lte',
  })
  op?: Comparison;

  @ApiProperty({
    required: false,
    nullable: true,
    oneOf: [...scalars, { type: 'array', items: { oneOf: scalars } }],
    description: 'What it was compared with; null where the parameter has no value on the day.',
    example: 150,
  })
  expected?: Scalar | readonly Scalar[] | null;

  @ApiProperty({
    type: UsedParameterDto,
    required: false,
    description: 'The parameter whose value that is.',
  })
  parameter?: UsedParameterDto;
}
