import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { withoutNul } from '../../platform/http/fields/index.js';
import { comparisons, ruleLimits } from '../rules/rule.js';

const { branches, text, values } = ruleLimits;
const namePattern = '^[a-z][A-Za-z0-9]{0,63}$';

/**
 * A rule of eligibility, as OpenAPI describes it: one of all, any, not, or a comparison. For documentation:
 * `ruleProblems` checks it.
 */
@ApiSchema({
  name: 'RuleDto',
  description:
    'A rule of eligibility: an object with one of all, any, not and fact. With fact it has an op and either a ' +
    'value or a param. At most 200 rules, 16 steps deep. docs/data-model.md says what each comes to.',
})
export class RuleDto {
  @ApiProperty({
    type: () => [RuleDto],
    required: false,
    minItems: 1,
    maxItems: branches,
    description: 'Satisfied if all of these are.',
  })
  all?: RuleDto[];

  @ApiProperty({
    type: () => [RuleDto],
    required: false,
    minItems: 1,
    maxItems: branches,
    description: 'Satisfied if one of these is.',
  })
  any?: RuleDto[];

  @ApiProperty({ type: () => RuleDto, required: false, description: 'Satisfied if this is not.' })
  not?: RuleDto;

  @ApiProperty({
    type: 'string',
    required: false,
    pattern: namePattern,
    maxLength: 64,
    description: 'Name of the fact that is compared.',
    example: 'householdIncome',
  })
  fact?: string;

  @ApiProperty({
    type: 'string',
    required: false,
    enum: [...comparisons],
    description: 'How it is compared: the four orders with a number or a day, in and not_in with a list.',
    example: 'lte',
  })
  op?: string;

  @ApiProperty({
    required: false,
    oneOf: [
      { type: 'number' },
      { type: 'string', minLength: 1, maxLength: text, pattern: withoutNul },
      { type: 'boolean' },
      { type: 'array', minItems: 1, maxItems: values, items: { type: 'number' } },
      {
        type: 'array',
        minItems: 1,
        maxItems: values,
        items: { type: 'string', minLength: 1, maxLength: text, pattern: withoutNul },
      },
    ],
    description: 'What it is compared with. Days are texts, YYYY-MM-DD.',
    example: 24_000,
  })
  value?: unknown;

  @ApiProperty({
    type: 'string',
    required: false,
    pattern: namePattern,
    maxLength: 64,
    description: 'Name of the parameter whose value of the day it is compared with.',
    example: 'incomeLimit',
  })
  param?: string;

  @ApiProperty({
    type: 'string',
    required: false,
    minLength: 1,
    maxLength: text,
    pattern: withoutNul,
    description: 'What the rule asks, for people.',
    example: 'Income below the limit',
  })
  label?: string;

  @ApiProperty({
    type: 'string',
    required: false,
    minLength: 1,
    maxLength: text,
    pattern: withoutNul,
    description: 'The legal provision that it comes from.',
    example: '42 U.S.C. 8624(b)(2)(B)',
  })
  citation?: string;
}
