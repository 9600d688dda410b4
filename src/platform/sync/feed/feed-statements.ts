/** The order of commits, of entries that nothing can come before any more. */
const settled = 'c.xid < pg_snapshot_xmin(pg_current_snapshot())';

/** The last settled entry of the log, and the newest retention. No row: the log is empty. */
export const endStatement = `
SELECT c.xid::text, c.seq::text, left(encode(c.hash, 'hex'), 8) AS check,
  coalesce((SELECT max(retention) FROM hms.removed_changes), 0) AS retention
FROM hms.changes c WHERE ${settled} ORDER BY c.xid DESC, c.seq DESC LIMIT 1`;

/**
 * How a place stands to the log as it is now. `known`: its entry is there, or was removed after it was read.
 * `removed`: an entry after it has been removed since. The rows of a retention are looked at once, as the
 * cursor then carries its number.
 */
export const positionStatement = `
SELECT $2::bigint = 0 OR EXISTS (
    SELECT FROM hms.changes c WHERE c.xid = $1::xid8 AND c.seq = $2 AND left(encode(c.hash, 'hex'), 8) = $3)
  OR EXISTS (
    SELECT FROM hms.removed_changes r WHERE r.xid = $1::xid8 AND r.seq = $2 AND left(encode(r.hash, 'hex'), 8) = $3)
  AS known,
  EXISTS (SELECT FROM hms.removed_changes r WHERE r.retention > $4 AND (r.xid, r.seq) > ($1::xid8, $2)
    AND r.resource = $5 AND ($6::text IS NULL OR r.agency = $6)) AS removed,
  coalesce((SELECT max(retention) FROM hms.removed_changes), 0) AS retention`;

/**
 * The next entries after a place, and last, without a version, how far was looked, where no more entries were
 * found than fit. Parameters: xid, seq, resource, agency or null, most entries, most rows that are looked at,
 * most bytes of documents before the last entry.
 */
export const pageStatement = `
WITH looked AS NOT MATERIALIZED (
  SELECT c.* FROM hms.changes c WHERE (c.xid, c.seq) > ($1::xid8, $2::bigint) AND ${settled}
  ORDER BY c.xid, c.seq LIMIT $6),
found AS MATERIALIZED (
  SELECT c.xid, c.seq, c.hash, c.agency, c.record_id, c.version, c.action, c.document, c.context, c.changed_at,
    sum(octet_length(c.document)) OVER (ORDER BY c.xid, c.seq) - octet_length(c.document) AS bytes
  FROM (SELECT * FROM looked WHERE resource = $3 AND ($4::text IS NULL OR agency = $4)
    ORDER BY xid, seq LIMIT $5) c)
SELECT f.xid::text, f.seq::text, left(encode(f.hash, 'hex'), 8) AS check, f.agency, f.record_id AS "recordId",
  f.version, f.action, f.document, f.context, f.hash,
  to_char(f.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "changedAt", null AS looked,
  f.xid AS place, f.seq AS number
FROM found f WHERE f.bytes < $7
UNION ALL
(SELECT l.xid::text, l.seq::text, left(encode(l.hash, 'hex'), 8), null, null, null, null, null, null, null, null,
  l.looked, null, null
FROM (SELECT xid, seq, hash, count(*) OVER () AS looked FROM looked) l
WHERE (SELECT count(*) FROM found) < $5 AND NOT EXISTS (SELECT FROM found WHERE bytes >= $7)
ORDER BY l.xid DESC, l.seq DESC LIMIT 1)
ORDER BY place, number`;

/**
 * Whose records have entries that were settled since all transactions before `$1` were; one row without a
 * resource where there are none. `horizon`: all entries of transactions before this one are settled.
 */
export const arrivalsStatement = `
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, arrival.resource, arrival.agency
FROM (VALUES (true)) one LEFT JOIN LATERAL (
  SELECT DISTINCT c.resource, c.agency FROM hms.changes c WHERE c.xid >= $1::xid8 AND ${settled}) arrival ON true`;

export const horizonStatement = 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon';
