import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, IntegerField, TextField, TimestampField } from '../../http/fields/index.js';
import { PageDto } from '../../http/paging/page.dto.js';
import { ChangeOriginDto } from '../change-origin.dto.js';
import type { Difference, PatchOperation } from './json-difference.js';
import type { VersionSummary } from './version-summary.js';

/** One version in a record's history. */
export class VersionDto extends ChangeOriginDto implements VersionSummary {
  @IntegerField({ description: 'Number of the version.', min: 1, example: 2 })
  version: number;

  @ChoiceField(['created', 'updated', 'deleted', 'restored'], {
    description: 'What was done.',
    example: 'updated',
  })
  action: string;

  @TimestampField({ description: 'When it was done.' })
  changedAt: string;

  @TextField({
    description: 'Who did it: the subject of the token, or the login of plain SQL.',
    example: 'ada',
  })
  actor: string;

  @ApiProperty({
    type: [String],
    description: 'Members whose value is not that of the version before; null where that was removed.',
    nullable: true,
    example: ['description'],
  })
  changed: readonly string[] | null;
}

/** A page of a record's versions. */
export class VersionPageDto {
  @ApiProperty({ type: [VersionDto], description: 'The versions, newest first.' })
  items: VersionSummary[];

  @ApiProperty({ type: PageDto })
  page: PageDto;
}

const anyValue = {
  description: 'Any JSON value.',
  anyOf: ['string', 'number', 'boolean', 'object', 'array', 'null'].map((type) => ({ type })),
};

/** A place in which two versions differ. */
export class DifferenceDto {
  @TextField({ description: 'JSON Pointer to the place.', example: '/description' })
  path: string;

  @ApiProperty({ ...anyValue, required: false, example: 'Eligible for benefit through Dec 2024' })
  before?: unknown;

  @ApiProperty({ ...anyValue, required: false, example: 'Eligible for benefit through Dec 2025' })
  after?: unknown;
}

/** An operation of JSON Patch (RFC 6902). */
export class PatchOperationDto {
  @ChoiceField(['add', 'replace', 'remove'], { description: 'What is done.', example: 'replace' })
  op: string;

  @TextField({ description: 'JSON Pointer to the place.', example: '/description' })
  path: string;

  @ApiProperty({ ...anyValue, required: false, example: 'Eligible for benefit through Dec 2025' })
  value?: unknown;
}

/** What differs between two versions. */
export class VersionDiffDto {
  @IntegerField({ description: 'The version that is compared with.', example: 1 })
  from: number;

  @IntegerField({ description: 'The version that is compared.', example: 2 })
  to: number;

  @ApiProperty({ type: [PatchOperationDto], description: 'JSON Patch that makes the one of the other.' })
  patch: readonly PatchOperation[];

  @ApiProperty({ type: [DifferenceDto], description: 'The same for reading. Lists are compared as a whole.' })
  changes: readonly Difference[];
}
