import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { decodeCursor, encodeCursor } from '../../http/paging/cursor.js';
import { sqlInstant } from '../sql-instant.js';
import type { SyncedResource } from '../synced-resource.js';
import { VisibleTargets } from '../targets/visible-targets.js';
import type { DeadLetterDto, DeadLetterPageDto } from './dead-letter.dto.js';
import type { DeadLetterQueryDto } from './dead-letter-query.dto.js';

type Row = DeadLetterDto & { readonly id: string };

const placeForm = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (\d{1,18})$/;
const isPlace = (value: unknown): value is string =>
  typeof value === 'string' && placeForm.test(value) && !Number.isNaN(Date.parse(value.slice(0, 27)));

/** Lists dead letters of the targets that a caller sees, those held longest first. */
@Injectable()
export class DeadLetterList {
  constructor(private readonly targets: VisibleTargets) {}

  async page(
    caller: Caller,
    resource: SyncedResource,
    query: DeadLetterQueryDto,
  ): Promise<DeadLetterPageDto> {
    const { limit, cursor, target, status, error } = query;
    const place = cursor === undefined ? undefined : decodeCursor(cursor, isPlace);
    const [since, id] = place?.split(' ') ?? [];
    const { rows } = await this.targets.pool(resource).query<Row>({
      name: 'sync-dead-letters',
      text: listStatement,
      values: [resource.name, this.targets.agencyOf(caller), target, status, error, since, id, limit + 1],
    });
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    const nextCursor = last ? encodeCursor(`${last.heldSince} ${last.id}`) : null;
    return { items: items.map(entryOf), page: { limit, nextCursor } };
  }
}

function entryOf(row: Row): DeadLetterDto {
  const { id: _, ...entry } = row;
  return entry;
}

/** A cursor `c` and the last attempt at it, of which the log of attempts may know no more. */
export const lastAttempt = `
LEFT JOIN LATERAL (
  SELECT a.version, a.answer FROM hms.sync_attempts a
  WHERE a.target_id = c.target_id AND a.agency = c.agency AND a.record_id = c.record_id
  ORDER BY a.id DESC LIMIT 1) attempt ON true`;

/** The version of a held cursor `c` of a target `t` that was refused. */
export const refusedVersion = `CASE WHEN t.mode = 'every' AND c.resync IS NULL THEN c.delivered_version + 1
  ELSE least(greatest(coalesce(attempt.version, c.latest_version), c.delivered_version + 1), c.latest_version) END`;

const listStatement = `
SELECT c.id, c.target_id AS target, c.agency, c.record_id AS "recordId", ${refusedVersion} AS version,
  c.latest_version AS "latestVersion", ${sqlInstant('c.held_at')} AS "heldSince", c.attempts,
  c.last_status AS status, c.last_error AS error, nullif(attempt.answer, '') AS answer
FROM hms.sync_targets t
CROSS JOIN LATERAL (
  SELECT * FROM hms.sync_cursors c
  WHERE c.target_id = t.id AND c.held_at IS NOT NULL
    AND ($4::int IS NULL OR c.last_status = $4) AND ($5::text IS NULL OR c.last_error = $5)
    AND ($6::timestamptz IS NULL OR (c.held_at, c.id) > ($6, $7::bigint))
  ORDER BY c.held_at, c.id LIMIT $8) c
${lastAttempt}
WHERE t.resource = $1 AND ($2::text IS NULL OR t.agency = $2) AND ($3::int IS NULL OR t.id = $3)
ORDER BY c.held_at, c.id LIMIT $8`;
