import { ApiProperty } from '@nestjs/swagger';
import { BooleanField, IntegerField, TextField, TimestampField } from '../../http/fields/index.js';
import { PageDto } from '../../http/paging/page.dto.js';

/** A record of which a target refused a version for good: that version and those after it wait. */
export class DeadLetterDto {
  @IntegerField({ description: 'Id of the target.', example: 1 })
  target: number;

  @TextField({ description: 'Agency of the record.', example: 'hhs' })
  agency: string;

  @TextField({ description: 'Id of the record.', example: '123' })
  recordId: string;

  @IntegerField({ description: 'The version that was refused.', example: 6 })
  version: number;

  @IntegerField({ description: 'The newest version of the record.', example: 8 })
  latestVersion: number;

  @TimestampField({ description: 'Since when it is held.' })
  heldSince: string;

  @IntegerField({ description: 'Attempts that counted against it.', example: 8 })
  attempts: number;

  @IntegerField({
    description: 'HTTP status of the last answer; null: there was none.',
    nullable: true,
    example: 422,
  })
  status: number | null;

  @TextField({ description: 'Why the last attempt failed.', nullable: true, example: 'HTTP 422' })
  error: string | null;

  @TextField({
    description: 'The first 1,000 characters of the last answer; null: it was empty, or is no longer kept.',
    nullable: true,
    example: '{"error":"title is too long"}',
  })
  answer: string | null;
}

/** A page of dead letters. */
export class DeadLetterPageDto {
  @ApiProperty({ type: [DeadLetterDto], description: 'The dead letters, those held longest first.' })
  items: DeadLetterDto[];

  @ApiProperty({ type: PageDto })
  page: PageDto;
}

/** How many dead letters an action reached. */
export class DeadLetterCountDto {
  @IntegerField({ description: 'Dead letters that are no longer held.', example: 12 })
  count: number;

  @BooleanField({
    description: 'Whether some are left, which writers held or which were too many; send the request again.',
    example: false,
  })
  remaining: boolean;
}
