import { ApiProperty } from '@nestjs/swagger';
import { DateField, TextField } from '../../platform/http/fields/index.js';
import type { Parameter, ParameterValue } from '../rules/parameter.js';

/** A value of a parameter. For documentation: `parameterProblems` checks it. */
export class ParameterValueDto implements ParameterValue {
  @DateField({ description: 'First day on which it holds.', example: '2025-10-01' })
  from: string;

  @ApiProperty({
    type: 'number',
    nullable: true,
    description:
      'The value, with at most 11 digits before the point and 4 after it; null: from that day on there is none.',
    example: 150,
  })
  value: number | null;

  @TextField({
    description: 'The legal provision that set it.',
    min: 1,
    max: 200,
    example: '42 U.S.C. 8624(b)(2)(B)(i)',
    optional: true,
  })
  citation?: string | null;
}

/** A quantity of a policy that changes over time. For documentation: `parameterProblems` checks it. */
export class ParameterDto implements Parameter {
  @TextField({
    description: 'What it counts.',
    min: 1,
    max: 50,
    example: 'percent of the poverty guideline',
  })
  unit: string;

  @TextField({
    description: 'What it is, for people.',
    min: 1,
    max: 200,
    example: 'Most household income',
    optional: true,
  })
  label?: string | null;

  @ApiProperty({
    type: [ParameterValueDto],
    minItems: 1,
    maxItems: 200,
    description: 'Its values by day, ascending; each holds until the next one begins.',
  })
  values: ParameterValueDto[];
}
