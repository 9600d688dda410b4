const instant = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const columns = `id, kind, state, ${instant('since')} AS since, since_version AS "sinceVersion", agency,
  record_id AS "recordId", records::float8 AS records, created_by AS "createdBy",
  ${instant('created_at')} AS "createdAt", ${instant('finished_at')} AS "finishedAt"`;

/** No row: the target has a job under way. */
export const startStatement = `
INSERT INTO hms.sync_jobs (target_id, kind, since, since_version, agency, record_id, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (target_id) WHERE state = 'running' DO NOTHING RETURNING ${columns}`;

/** No row: it has ended, or there is none. */
export const cancelStatement = `
UPDATE hms.sync_jobs SET state = 'cancelled', finished_at = clock_timestamp()
WHERE target_id = $1 AND id = $2 AND state = 'running' RETURNING ${columns}`;

export const jobStatement = `SELECT ${columns} FROM hms.sync_jobs WHERE target_id = $1 AND id = $2`;

export const jobsStatement = `SELECT ${columns} FROM hms.sync_jobs WHERE target_id = $1 ORDER BY id DESC LIMIT 100`;
