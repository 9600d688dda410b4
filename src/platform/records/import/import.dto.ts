import { ApiProperty } from '@nestjs/swagger';
import { BooleanField, ChoiceField, IntegerField, TextField } from '../../http/fields/index.js';
import { problemCatalogue } from '../../http/problems/problem-catalogue.js';

export const importModes = ['create', 'upsert'] as const;
export type ImportMode = (typeof importModes)[number];

/** The parameters of an import. */
export class ImportQueryDto {
  @ChoiceField(importModes, {
    description:
      'create: every line is a new record. upsert: a record that is there is changed as by PUT, one that is not is made.',
    default: 'create',
  })
  mode: ImportMode = 'create';

  // Read with the request's context.
  @BooleanField({
    description:
      'true: says what would become of each line; nothing is stored, recorded or sent. Each batch of lines is tried ' +
      'by itself: what depends on lines far before it is judged without them.',
    default: false,
    fromText: true,
  })
  validateOnly: boolean = false;
}

/** A line that an import refused. */
export class RefusedLineDto {
  @IntegerField({ description: 'Number of the line; the first is 1.', example: 17, min: 1 })
  line: number;

  @TextField({ description: 'Id of its record, where it can be read.', nullable: true, example: '123' })
  id: string | null;

  @ApiProperty({
    description: 'The problem that it would be as a request of its own.',
    enum: Object.keys(problemCatalogue),
    example: 'validation-failed',
  })
  code: string;

  @TextField({
    description: 'What is wrong, and what would be right.',
    example: 'One member is not valid; see errors.',
  })
  detail: string;

  @ApiProperty({
    description: 'The members of the line that are wrong, by JSON Pointer.',
    type: 'array',
    items: {
      type: 'object',
      required: ['pointer', 'detail'],
      properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
    },
    example: [{ pointer: '/title', detail: 'Must be a text of 1 to 200 characters.' }],
  })
  errors: readonly { readonly pointer: string; readonly detail: string }[];
}

/** What an import did. */
export class ImportSummaryDto {
  @IntegerField({ description: 'Records that it made.', example: 118_000 })
  created: number;

  @IntegerField({ description: 'Records that it changed.', example: 1_999 })
  updated: number;

  @IntegerField({
    description: 'Records that were already as the line has them: no new version.',
    example: 0,
  })
  unchanged: number;

  @IntegerField({ description: 'Lines that it refused.', example: 1 })
  refused: number;

  @ApiProperty({
    description: 'Refused lines by the code of their problem.',
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { 'validation-failed': 1 },
  })
  refusedByCode: Readonly<Record<string, number>>;

  @ApiProperty({ type: [RefusedLineDto], description: 'The first 100 refused lines.' })
  refusals: readonly RefusedLineDto[];
}
