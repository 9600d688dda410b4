import { ApiProperty } from '@nestjs/swagger';
import {
  ChoiceField,
  InstantField,
  IntegerField,
  RecordIdField,
  TextField,
  TimestampField,
} from '../../http/fields/index.js';
import { jobKinds, jobStates } from './sync-job.js';
import type { ReplayRequest, SyncJobSummary } from './sync-jobs.js';

/** What a replay is to begin with: either an instant, or a version of one record. */
export class ReplayDto implements ReplayRequest {
  @InstantField({
    description: 'Everything that was changed at this instant or later is sent again.',
    optional: true,
  })
  since?: string;

  @IntegerField({
    description: 'The versions of the record from this one on are sent again. Needs recordId.',
    min: 1,
    max: 2_147_483_647,
    example: 3,
    optional: true,
  })
  sinceVersion?: number;

  @RecordIdField({ description: 'Only the versions of this record.', example: '123', optional: true })
  recordId?: string;

  @TextField({
    description: 'The agency of that record, where the target gets the records of all; else your own.',
    max: 63,
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    patternMeans: 'letters, digits, - and _, starting with a letter or a digit',
    example: 'hhs',
    optional: true,
  })
  agency?: string;
}

/** Work on all records of a target. */
export class SyncJobDto implements SyncJobSummary {
  @IntegerField({ description: 'Id of the job.', example: 7 })
  id: number;

  @ChoiceField(jobKinds, {
    description:
      'fill: a new target gets the records that existed before it. resync: it gets the newest version of ' +
      'everything. replay: it gets again what it had before.',
    example: 'resync',
  })
  kind: SyncJobSummary['kind'];

  @ChoiceField(jobStates, {
    description: 'done: all its records are marked to be sent; the last of them may still be under way.',
    example: 'running',
  })
  state: SyncJobSummary['state'];

  @TextField({ description: 'The instant with which a replay begins.', nullable: true, example: null })
  since: string | null;

  @IntegerField({ description: 'The version with which a replay begins.', nullable: true, example: null })
  sinceVersion: number | null;

  @TextField({ description: 'Agency of the one record that it is of.', nullable: true, example: null })
  agency: string | null;

  @TextField({ description: 'Id of the one record that it is of.', nullable: true, example: null })
  recordId: string | null;

  @IntegerField({ description: 'Records that were marked to be sent so far.', example: 120_500 })
  records: number;

  @TextField({ description: 'Who started it; null: the service itself.', nullable: true, example: 'ada' })
  createdBy: string | null;

  @TimestampField({ description: 'When it was started.' })
  createdAt: string;

  @TextField({ description: 'When it ended.', nullable: true, example: null })
  finishedAt: string | null;
}

/** The jobs of a target. */
export class SyncJobListDto {
  @ApiProperty({ type: [SyncJobDto], description: 'The newest 100 jobs, newest first.' })
  items: SyncJobSummary[];
}
