import { documentFunction } from '../capture/capture-statements.js';
import { identifier, literal } from '../capture/document-expression.js';
import type { ReconciledTable } from './reconciled-table.js';

/**
 * The next keys after a place (`$1` agency, `$2` id), at most `$3`, of whatever is about a record: its row, its
 * log entries, its cursors.
 */
export const keysStatement = ({ resource, table }: ReconciledTable): string => `
SELECT agency, id FROM (
  (SELECT p.agency, p.id FROM public.${identifier(table)} p WHERE (p.agency, p.id) > ($1, $2)
    ORDER BY p.agency, p.id LIMIT $3)
  UNION
  (SELECT DISTINCT h.agency, h.record_id FROM hms.changes h
    WHERE h.resource = ${literal(resource)} AND (h.agency, h.record_id) > ($1, $2)
    ORDER BY h.agency, h.record_id LIMIT $3)
  UNION
  (SELECT c.agency, c.record_id FROM hms.sync_targets t CROSS JOIN LATERAL (
      SELECT c.agency, c.record_id FROM hms.sync_cursors c
      WHERE c.target_id = t.id AND (c.agency, c.record_id) > ($1, $2)
      ORDER BY c.agency, c.record_id LIMIT $3) c
    WHERE t.resource = ${literal(resource)})) key
ORDER BY agency, id LIMIT $3`;

const keys = 'unnest($1::text[], $2::text[]) k (agency, id)';

/** Of the records with these keys, those whose row and log entries do not agree, with what is known of both. */
export const logStatement = ({ resource, table }: ReconciledTable): string => `
SELECT k.agency, k.id, p.version, h.first, h.last, h.versions, r.removed,
  newest.document = ${documentFunction(table)}(p) AS "sameDocument"
FROM ${keys}
LEFT JOIN public.${identifier(table)} p ON p.agency = k.agency AND p.id = k.id
CROSS JOIN LATERAL (SELECT min(h.version) AS first, max(h.version) AS last, count(*)::int AS versions
  FROM hms.changes h WHERE h.resource = ${literal(resource)} AND h.agency = k.agency AND h.record_id = k.id) h
CROSS JOIN LATERAL (SELECT count(*)::int AS removed FROM hms.removed_changes r
  WHERE r.resource = ${literal(resource)} AND r.agency = k.agency AND r.record_id = k.id) r
LEFT JOIN hms.changes newest ON newest.resource = ${literal(resource)} AND newest.agency = k.agency
  AND newest.record_id = k.id AND newest.version = h.last
WHERE p.id IS NULL OR p.version IS DISTINCT FROM h.last OR h.versions + r.removed <> h.last
  OR newest.document IS DISTINCT FROM ${documentFunction(table)}(p)
ORDER BY k.agency, k.id`;

/**
 * Of the records with these keys, the cursors that are not as they should be; and those that are not there. A
 * target that is being filled does not have all of them yet, a detached one has none, and a deleted record needs
 * none.
 */
export const cursorsStatement = ({ resource, table }: ReconciledTable): string => `
SELECT k.agency, k.id, t.name AS target, p.version, c.latest_version AS latest, c.delivered_version AS delivered,
  t.agency IS NULL OR t.agency = k.agency AS applies
FROM ${keys}
CROSS JOIN hms.sync_targets t
LEFT JOIN public.${identifier(table)} p ON p.agency = k.agency AND p.id = k.id
LEFT JOIN hms.sync_cursors c ON c.target_id = t.id AND c.agency = k.agency AND c.record_id = k.id
WHERE t.resource = ${literal(resource)} AND NOT t.detached
  AND NOT EXISTS (SELECT FROM hms.sync_jobs j
    WHERE j.target_id = t.id AND j.state = 'running' AND j.kind IN ('fill', 'resync'))
  AND CASE WHEN c.id IS NULL THEN p.id IS NOT NULL AND p.deleted_at IS NULL AND (t.agency IS NULL OR t.agency = k.agency)
    ELSE p.id IS NULL OR c.latest_version <> p.version OR c.delivered_version > c.latest_version
      OR NOT (t.agency IS NULL OR t.agency = k.agency) END
ORDER BY k.agency, k.id, t.id`;

/** By target, how many records have waited for more than so many minutes (`$1`), and since when. */
export const delaysStatement = ({ resource }: ReconciledTable): string => `
SELECT t.name AS target, count(*)::int AS records,
  to_char(min(c.pending_since) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
FROM hms.sync_targets t JOIN hms.sync_cursors c ON c.target_id = t.id
WHERE t.resource = ${literal(resource)} AND NOT t.detached AND (c.due_at IS NOT NULL OR c.held_at IS NOT NULL)
  AND c.pending_since < now() - $1::float8 * interval '1 minute'
GROUP BY t.id ORDER BY t.id`;
