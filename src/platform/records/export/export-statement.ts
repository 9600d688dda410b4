import { identifier, literal } from '../capture/document-expression.js';
import { type PreparedStatement, prepared } from '../record-statements.js';

/** What an export reads. */
export interface ExportSource {
  /** Name of the resource in the log. */
  readonly resource: string;
  readonly table: string;
}

/** Records of a page, and bytes of their documents after which it ends all the same. */
export const pageLimits = { records: 1_000, bytes: 1024 * 1024 };

/**
 * Reads a page of the records as a snapshot sees them. Parameters: agency, snapshot as text, id after which the
 * page begins. `document` is null of a record that was not there then or was deleted, and where `removed`, which
 * says that a retention has taken away what it was.
 *
 * A snapshot sees of a record its newest log entry among those that the snapshot sees. So none is kept open: its
 * text is enough, and however long a client takes, nothing waits for it. Most records are still what they were,
 * and one look finds the entry.
 *
 * A filter belongs in the outer query, over the document: the row may have changed since.
 */
export function exportStatement({ resource, table }: ExportSource): PreparedStatement {
  const entries = `hms.changes c WHERE c.resource = ${literal(resource)} AND c.agency = $1 AND c.record_id = p.id`;
  return prepared(
    table,
    'export',
    `SELECT id, document, removed FROM (
  SELECT p.id, v.document,
    v.version IS NULL AND (SELECT min(c.version) FROM ${entries}) > 1 AS removed,
    sum(coalesce(octet_length(v.document), 0)) OVER (ORDER BY p.id ROWS UNBOUNDED PRECEDING)
      - coalesce(octet_length(v.document), 0) AS bytes_before
  FROM (SELECT p.id, p.version, p.deleted_at FROM public.${identifier(table)} p
    WHERE p.agency = $1 AND p.id > $3 ORDER BY p.id LIMIT ${pageLimits.records}) p
  LEFT JOIN LATERAL (
    SELECT n.version, CASE WHEN CASE WHEN n.version = p.version THEN p.deleted_at IS NULL
      ELSE n.document::json ->> 'deleted' = 'false' END THEN n.document END AS document
    FROM (SELECT c.version, c.document FROM ${entries} AND c.version <= p.version
        AND pg_visible_in_snapshot(c.xid, $2::pg_snapshot)
      ORDER BY c.version DESC LIMIT 1) n) v ON true
) page WHERE bytes_before < ${pageLimits.bytes} ORDER BY id`,
  );
}
