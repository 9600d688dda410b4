import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { sqlInstant } from '../sql-instant.js';
import type { SyncedResource } from '../synced-resource.js';
import { TargetTypes } from '../target-types/target-types.js';
import { VisibleTargets } from '../targets/visible-targets.js';
import type { BreakerDto, LastAttemptDto, RateDto, TargetStatusDto } from './target-status.dto.js';

/** Most rows of a kind that are counted. */
const countLimit = 10_000;

interface Row {
  readonly undelivered: string;
  readonly backingOff: string;
  readonly held: string;
  readonly oldestUndelivered: number | null;
  readonly breaker: BreakerDto | null;
  readonly lastSuccess: LastAttemptDto | null;
  readonly lastAttempt: LastAttemptDto | null;
  readonly lastMinute: RateDto;
  readonly lastHour: RateDto;
}

const closed: BreakerDto = {
  state: 'closed',
  reason: null,
  since: null,
  nextProbeAt: null,
  quietUntil: null,
};

/** Tells how the delivery to a target stands. Its cost has a limit, whatever the length of its backlog. */
@Injectable()
export class TargetStatusReader {
  constructor(
    private readonly targets: VisibleTargets,
    private readonly types: TargetTypes,
  ) {}

  /** @throws {ProblemError} `not-found` for a target that the caller does not see */
  async read(caller: Caller, resource: SyncedResource, id: number): Promise<TargetStatusDto> {
    const { url, paused, detached } = await this.targets.find(caller, resource, id);
    const { rows } = await this.targets.pool(resource).query<Row>({
      name: 'sync-target-status',
      text: statusStatement,
      values: [id, countLimit],
    });
    const [row] = rows;
    if (!row) throw new Error('The status of a target has one row.');
    return {
      ...row,
      paused,
      detached,
      problem: this.types.refusal(url) ?? null,
      undelivered: bounded(row.undelivered),
      backingOff: bounded(row.backingOff),
      held: bounded(row.held),
      breaker: row.breaker ?? closed,
    };
  }
}

function bounded(counted: string): { count: number; more: boolean } {
  const count = Number(counted);
  return { count: Math.min(count, countLimit), more: count > countLimit };
}

const counted = (condition: string): string =>
  `(SELECT count(*) FROM (SELECT FROM hms.sync_cursors WHERE target_id = $1 AND ${condition} LIMIT $2 + 1) rows)`;

const lastOf = (condition: string): string =>
  `(SELECT json_build_object('at', ${sqlInstant('a.attempted_at')}, 'status', a.status, 'error', a.error)
   FROM recent a WHERE ${condition} ORDER BY a.id DESC LIMIT 1)`;

// Complete if an older attempt was looked at, or there is none.
const rateOf = (span: string): string =>
  `(SELECT json_build_object(
     'delivered', count(*) FILTER (WHERE within AND outcome = 'delivered'),
     'failed', count(*) FILTER (WHERE within AND outcome <> 'delivered'),
     'complete', count(*) < $2 OR count(*) FILTER (WHERE NOT within) > 0)
   FROM (SELECT outcome, attempted_at > clock_timestamp() - interval '${span}' AS within FROM recent) a)`;

/** Every part is a look into an index, and reads so many rows at most. */
export const statusStatement = `
WITH recent AS MATERIALIZED (
  SELECT id, outcome, status, error, attempted_at FROM hms.sync_attempts
  WHERE target_id = $1 ORDER BY id DESC LIMIT $2)
SELECT
  ${counted('pending_since IS NOT NULL')} AS undelivered,
  ${counted('due_at > clock_timestamp()')} AS "backingOff",
  ${counted('held_at IS NOT NULL')} AS held,
  (SELECT greatest(0, extract(epoch FROM clock_timestamp() - min(pending_since)))::int FROM hms.sync_cursors
   WHERE target_id = $1 AND pending_since IS NOT NULL) AS "oldestUndelivered",
  (SELECT json_build_object('state', state, 'reason', reason, 'since', ${sqlInstant('changed_at')},
     'nextProbeAt', ${sqlInstant('probe_at')},
     'quietUntil', CASE WHEN quiet_until > clock_timestamp() THEN ${sqlInstant('quiet_until')} END)
   FROM hms.sync_breakers WHERE target_id = $1) AS breaker,
  ${lastOf("a.outcome = 'delivered'")} AS "lastSuccess",
  ${lastOf('true')} AS "lastAttempt",
  ${rateOf('1 minute')} AS "lastMinute",
  ${rateOf('1 hour')} AS "lastHour"`;
