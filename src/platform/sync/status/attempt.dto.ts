import { ApiProperty } from '@nestjs/swagger';
import {
  ChoiceField,
  IntegerField,
  RecordIdField,
  TextField,
  TimestampField,
} from '../../http/fields/index.js';
import { PageDto } from '../../http/paging/page.dto.js';
import { PageQueryDto } from '../../http/paging/page-query.dto.js';

const outcomes = ['delivered', 'failed', 'held', 'skipped'] as const;

/** The parameters of a page of attempts. */
export class AttemptQueryDto extends PageQueryDto {
  @RecordIdField({ description: 'Only those at the record with this id.', optional: true })
  recordId?: string;

  @TextField({
    description:
      'The agency of that record, for a target of all agencies; your own unless given. Only with recordId.',
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    patternMeans: 'letters, digits, - and _, starting with a letter or a digit',
    max: 63,
    optional: true,
  })
  agency?: string;

  @ChoiceField(outcomes, { description: 'Only those that ended so.', optional: true })
  outcome?: string;
}

/** One attempt to deliver a version of a record. */
export class AttemptDto {
  @TimestampField({ description: 'When it ended.' })
  attemptedAt: string;

  @TextField({ description: 'Agency of the record.', example: 'hhs' })
  agency: string;

  @TextField({ description: 'Id of the record.', example: '123' })
  recordId: string;

  @IntegerField({ description: 'Version of the record.', example: 6 })
  version: number;

  @ChoiceField(outcomes, {
    description: 'How it ended. held, skipped: it failed, and was the last attempt at this version.',
    example: 'failed',
  })
  outcome: string;

  @IntegerField({
    description: 'HTTP status of the answer; null: there was none.',
    nullable: true,
    example: 503,
  })
  status: number | null;

  @TextField({ description: 'Why it failed.', nullable: true, example: 'HTTP 503' })
  error: string | null;

  @TextField({
    description: 'The first 1,000 characters of the answer, where it refuses the change.',
    nullable: true,
    example: 'try later',
  })
  answer: string | null;

  @IntegerField({ description: 'How long it took, in milliseconds.', example: 12 })
  duration: number;
}

/** A page of attempts. */
export class AttemptPageDto {
  @ApiProperty({ type: [AttemptDto], description: 'The attempts, newest first.' })
  items: AttemptDto[];

  @ApiProperty({ type: PageDto })
  page: PageDto;
}
