import { identifier, literal } from '../capture/document-expression.js';
import { filterConditions, Parameters } from '../lists/filter-conditions.js';
import { comparedIn, type ListSource } from '../lists/list-rows.js';
import type { ExportQueryDto } from './export.dto.js';

/** Records that a page looks at, and bytes of their documents, wanted or not, after which it ends all the same. */
export const pageLimits = { records: 1_000, bytes: 1024 * 1024 };

/** What an export is to hold. */
export interface ExportRequest {
  readonly agency: string;
  /** What is seen of the log, as text. */
  readonly snapshot: string;
  readonly query: ExportQueryDto;
}

/**
 * Writes the statement of the pages of an export: of the next records in the order of their ids, each as the
 * snapshot sees it. `document` is null of a record that is not wanted, or was not there then, and where `removed`,
 * which says that a retention has taken away what it was.
 *
 * A snapshot sees of a record its newest log entry among those that the snapshot sees. So none is kept open: its
 * text is enough, and however long a client takes, nothing waits for it. Most records are still what they were,
 * and one look finds the entry. Filters are of the document: the row may have changed since. They look at the
 * records of the page, so that a page takes no longer where few are wanted.
 *
 * @returns the statement of the page after an id
 */
export function exportStatement(
  source: ListSource,
  { agency, snapshot, query }: ExportRequest,
): (after: string) => { readonly text: string; readonly values: unknown[] } {
  const resource = literal(source.resource);
  const entries = `hms.changes c WHERE c.resource = ${resource} AND c.agency = $1 AND c.record_id = r.id`;
  const parameters = new Parameters(agency);
  const seen = parameters.add(snapshot);
  const asOf = query.asOf === undefined ? undefined : parameters.add(query.asOf);
  const newest = asOf === undefined ? 'r.version' : `hms.version_at(${resource}, $1, r.id, ${asOf})`;
  const filters = filterConditions(source.rules, query, comparedIn(source, 'n.past'), parameters);
  const wanted = [...(query.includeDeleted ? [] : [isLiving]), ...filters].join(' AND ') || 'true';
  const after = `$${parameters.values.length + 1}`;
  // OFFSET 0: each document is parsed once, and only if the page has room for it.
  const text = `SELECT n.id, CASE WHEN ${wanted} THEN n.document END AS document, n.bytes, n.removed FROM (
  SELECT page.*${filters.length > 0 ? ', page.document::jsonb AS past' : ''} FROM (
    SELECT r.id, r.version AS latest, r.deleted_at, v.version, v.document,
      coalesce(octet_length(v.document), 0) AS bytes,
      v.version IS NULL AND ${asOf === undefined ? '' : `r.created_at <= ${asOf} AND `}(SELECT min(c.version) FROM ${entries}) > 1 AS removed,
      sum(coalesce(octet_length(v.document), 0)) OVER (ORDER BY r.id ROWS UNBOUNDED PRECEDING)
        - coalesce(octet_length(v.document), 0) AS bytes_before
    FROM (SELECT r.id, r.version, r.created_at, r.deleted_at FROM public.${identifier(source.table)} r
      WHERE r.agency = $1 AND r.id > ${after} ORDER BY r.id LIMIT ${pageLimits.records}) r
    LEFT JOIN LATERAL (
      SELECT c.version, c.document FROM ${entries}
        AND c.version <= ${newest} AND pg_visible_in_snapshot(c.xid, ${seen}::pg_snapshot)
      ORDER BY c.version DESC LIMIT 1) v ON true
  ) page WHERE bytes_before < ${pageLimits.bytes} OFFSET 0
) n ORDER BY n.id`;
  return (id) => ({ text, values: [...parameters.values, id] });
}

/** Whether the record lived in the version `n`. */
const isLiving = `CASE WHEN n.version = n.latest THEN n.deleted_at IS NULL
      ELSE n.document::json ->> 'deleted' = 'false' END`;
