import type { Pool } from 'pg';
import type { RequestContext } from '../../auth/request-context.js';
import { identifier, literal } from '../capture/document-expression.js';
import { RecordProblems } from '../record-problems.js';
import type { Resource } from '../resource.js';
import type { SyncStatusDto, RecordTargetStatusDto } from './sync-status.dto.js';

interface StatusRow {
  readonly version: number;
  /** Null where no target applies. */
  readonly target: RecordTargetStatusDto | null;
}

/** Tells which external systems have which version of a record. */
export class RecordSyncStatus {
  private readonly problems: RecordProblems;
  private readonly statement: { readonly name: string; readonly text: string };

  constructor(
    resource: Pick<Resource, 'name' | 'type' | 'path'>,
    table: string,
    private readonly pool: Pool,
  ) {
    this.problems = new RecordProblems(resource);
    this.statement = { name: `sync_status_${table}`, text: statusStatement(resource.name, table) };
  }

  /** @throws {ProblemError} `not-found` */
  async read({ caller }: RequestContext, id: string): Promise<SyncStatusDto> {
    const { rows } = await this.pool.query<StatusRow>({ ...this.statement, values: [caller.agency, id] });
    const [first] = rows;
    if (!first) throw this.problems.notFound(id);
    return { id, version: first.version, targets: rows.flatMap(({ target }) => target ?? []) };
  }
}

/**
 * A target without a cursor for the record is to get it if that is to be made: while the target is filled, or
 * when it is resumed. Else it has no use for the record, which was deleted before.
 */
const statusStatement = (resource: string, table: string): string => `
SELECT p.version, row_to_json(s) AS target
FROM public.${identifier(table)} p
LEFT JOIN LATERAL (
  SELECT t.name, coalesce(c.delivered_version, 0) AS "deliveredVersion",
    coalesce(c.latest_version, p.version) AS "latestVersion",
    CASE
      WHEN c.held_at IS NOT NULL THEN 'held'
      WHEN c.id IS NOT NULL AND c.pending_since IS NULL AND NOT t.detached THEN 'delivered'
      WHEN t.paused THEN 'paused'
      WHEN c.attempts > 0 AND c.due_at > clock_timestamp() THEN 'backing-off'
      ELSE 'pending' END AS state,
    to_char(coalesce(c.pending_since, CASE WHEN c.id IS NULL THEN p.updated_at END) AT TIME ZONE 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "pendingSince",
    c.last_status AS "lastStatus"
  FROM hms.sync_targets t
  LEFT JOIN hms.sync_cursors c ON c.target_id = t.id AND c.agency = p.agency AND c.record_id = p.id
  WHERE t.resource = ${literal(resource)} AND (t.agency IS NULL OR t.agency = p.agency)
    AND (c.id IS NOT NULL OR t.detached
      OR EXISTS (SELECT FROM hms.sync_jobs j WHERE j.target_id = t.id AND j.state = 'running'))) s ON true
WHERE p.agency = $1 AND p.id = $2
ORDER BY s.name`;
