import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { decodeCursor, encodeCursor } from '../../http/paging/cursor.js';
import { sqlInstant } from '../sql-instant.js';
import type { SyncedResource } from '../synced-resource.js';
import { VisibleTargets } from '../targets/visible-targets.js';
import type { AttemptDto, AttemptPageDto, AttemptQueryDto } from './attempt.dto.js';

/** Attempts that are looked at for one page, so that a filter which finds little costs little. */
const window = 5_000;

/** An attempt, or nulls where none was found; and how many were looked at, and the oldest of them. */
type Row = AttemptDto & {
  readonly id: string | null;
  readonly passed: string;
  readonly oldest: string | null;
};

const isPlace = (value: unknown): value is string => typeof value === 'string' && /^\d{1,18}$/.test(value);

/** Lists the attempts at the records of a target, newest first, as far back as they are kept. */
@Injectable()
export class AttemptList {
  constructor(private readonly targets: VisibleTargets) {}

  /**
   * @throws {ProblemError} `not-found` for a target that the caller does not see
   */
  async page(
    caller: Caller,
    resource: SyncedResource,
    id: number,
    { limit, cursor, recordId, agency, outcome }: AttemptQueryDto,
  ): Promise<AttemptPageDto> {
    const target = await this.targets.find(caller, resource, id);
    const before = cursor === undefined ? null : decodeCursor(cursor, isPlace);
    const ofRecord = recordId === undefined ? [] : [target.agency ?? agency ?? caller.agency, recordId];
    const { rows } = await this.targets.pool(resource).query<Row>({
      name: ofRecord.length > 0 ? 'sync-attempts-of-record' : 'sync-attempts-of-target',
      text: listStatement(ofRecord.length > 0),
      values: [id, before, outcome, limit, window, ...ofRecord],
    });
    const [first] = rows;
    const items = rows.filter((row) => row.id !== null).map(entryOf);
    const last = rows.findLast((row) => row.id !== null);
    // A page that is not full ends where enough was looked at.
    const looked = Number(first?.passed) === window ? first?.oldest : null;
    const next = items.length === limit ? last?.id : looked;
    return { items, page: { limit, nextCursor: next == null ? null : encodeCursor(next) } };
  }
}

function entryOf(row: Row): AttemptDto {
  const { id: _, passed: _passed, oldest: _oldest, ...entry } = row;
  return entry;
}

const listStatement = (ofRecord: boolean): string => `
WITH looked AS MATERIALIZED (
  SELECT * FROM hms.sync_attempts a
  WHERE a.target_id = $1 AND ($2::bigint IS NULL OR a.id < $2)
    ${ofRecord ? 'AND a.agency = $6 AND a.record_id = $7' : ''}
  ORDER BY a.id DESC LIMIT $5),
page AS (
  SELECT * FROM looked WHERE $3::text IS NULL OR outcome = $3 ORDER BY id DESC LIMIT $4)
SELECT page.id, ${sqlInstant('page.attempted_at')} AS "attemptedAt", page.agency, page.record_id AS "recordId",
  page.version, page.outcome, page.status, page.error, nullif(page.answer, '') AS answer, page.duration,
  passed.count AS passed, passed.oldest
FROM (SELECT count(*) AS count, min(id) AS oldest FROM looked) passed LEFT JOIN page ON true
ORDER BY page.id DESC`;
