import type { Connection } from '../../database/connection.js';
import type { ProblemError } from '../../http/problems/problem.error.js';
import type { RecordProblems } from '../record-problems.js';

/** Which version of which record. */
export interface VersionKey {
  readonly resource: string;
  readonly agency: string;
  readonly id: string;
  readonly version: number;
}

/** The number of the retention that a version was removed under; undefined where it was not. */
export async function retentionOf(
  connection: Connection,
  { resource, agency, id, version }: VersionKey,
): Promise<number | undefined> {
  const { rows } = await connection.query<{ retention: number }>({
    name: 'history_removed',
    text: `SELECT retention FROM hms.removed_changes
WHERE resource = $1 AND agency = $2 AND record_id = $3 AND version = $4`,
    values: [resource, agency, id, version],
  });
  return rows[0]?.retention;
}

/** What a version that the log has not got is answered with: `removed`, or `not-found` where it never was. */
export async function missingVersion(
  connection: Connection,
  problems: RecordProblems,
  key: VersionKey,
): Promise<ProblemError> {
  const retention = await retentionOf(connection, key);
  if (retention === undefined) return problems.versionNotFound(key.id, key.version);
  return problems.versionRemoved(key.id, key.version, retention);
}
