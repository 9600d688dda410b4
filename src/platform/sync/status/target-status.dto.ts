import { ApiProperty } from '@nestjs/swagger';
import {
  BooleanField,
  ChoiceField,
  IntegerField,
  NestedField,
  TextField,
  TimestampField,
} from '../../http/fields/index.js';

/** A number that is counted up to a limit. */
export class BoundedCountDto {
  @IntegerField({ description: 'The number, 10,000 at most.', example: 12 })
  count: number;

  @BooleanField({ description: 'Whether there are more.', example: false })
  more: boolean;
}

/** What all instances know of a target that does not work. */
export class BreakerDto {
  @ChoiceField(['closed', 'open', 'disabled'], {
    description:
      'closed: changes are sent. open: it gets one request at a time, until it takes one. disabled: it said that it ' +
      'is gone (410), and gets nothing until it is resumed.',
    example: 'open',
  })
  state: string;

  @TextField({ description: 'Why it is not closed.', nullable: true, example: 'HTTP 503' })
  reason: string | null;

  @TimestampField({ description: 'Since when it has been so; null: it never was otherwise.', nullable: true })
  since: string | null;

  @TimestampField({ description: 'When the next request may be tried.', nullable: true })
  nextProbeAt: string | null;

  @TimestampField({ description: 'Until when it asked to be left alone (Retry-After).', nullable: true })
  quietUntil: string | null;
}

/** The last attempt of a kind. */
export class LastAttemptDto {
  @TimestampField({ description: 'When it ended.' })
  at: string;

  @IntegerField({
    description: 'HTTP status of the answer; null: there was none.',
    nullable: true,
    example: 204,
  })
  status: number | null;

  @TextField({ description: 'Why it failed.', nullable: true, example: null })
  error: string | null;
}

/** Attempts of a span of time. */
export class RateDto {
  @IntegerField({ description: 'Attempts that the target accepted.', example: 118 })
  delivered: number;

  @IntegerField({ description: 'Attempts that failed.', example: 2 })
  failed: number;

  @BooleanField({
    description: 'Whether these are all; only the newest 10,000 attempts are counted.',
    example: true,
  })
  complete: boolean;
}

/** How the delivery to a target stands. */
export class TargetStatusDto {
  @BooleanField({ description: 'Whether it is paused.', example: false })
  paused: boolean;

  @BooleanField({
    description: 'Whether it was paused for so long that it is filled anew when it is resumed.',
    example: false,
  })
  detached: boolean;

  @TextField({
    description:
      'Why the process that answers this cannot send to it, whatever the target would answer: no module serves its URL. ' +
      'null: it can. Processes that run other modules may differ.',
    nullable: true,
    example: null,
  })
  problem: string | null;

  @NestedField(() => BoundedCountDto, {
    description: 'Records of which it lacks a version, held ones included.',
  })
  undelivered: BoundedCountDto;

  @NestedField(() => BoundedCountDto, { description: 'Of those, records that wait for another attempt.' })
  backingOff: BoundedCountDto;

  @NestedField(() => BoundedCountDto, { description: 'Of those, dead letters.' })
  held: BoundedCountDto;

  @IntegerField({
    description: 'Age of the oldest undelivered change, in seconds; null: it has everything.',
    nullable: true,
    example: 3,
  })
  oldestUndelivered: number | null;

  @NestedField(() => BreakerDto, { description: 'Whether it works.' })
  breaker: BreakerDto;

  @ApiProperty({ type: LastAttemptDto, nullable: true, description: 'The last attempt that it accepted.' })
  lastSuccess: LastAttemptDto | null;

  @ApiProperty({ type: LastAttemptDto, nullable: true, description: 'The last attempt.' })
  lastAttempt: LastAttemptDto | null;

  @NestedField(() => RateDto, { description: 'The last minute.' })
  lastMinute: RateDto;

  @NestedField(() => RateDto, { description: 'The last hour.' })
  lastHour: RateDto;
}
