import { isDeepStrictEqual } from 'node:util';
import type { Pool } from 'pg';
import { documentFunction } from '../../records/capture/capture-statements.js';
import { identifier, literal } from '../../records/capture/document-expression.js';
import type { AuditedTable } from './audited-table.js';
import { type Finding, findingAt } from './finding.js';

/** A record as it is, beside the newest entry of the log about it. */
export interface RecordRow {
  readonly agency: string;
  readonly id: string;
  readonly version: number;
  readonly document: string;
  readonly newestVersion: number | null;
  readonly newestDocument: string | null;
  /** Whether the newest entry has the shape that documents have today. */
  readonly sameShape: boolean | null;
  readonly seq: string | null;
}

/** A record, by its key. */
export interface RecordKey {
  readonly agency: string;
  readonly id: string;
}

/** Reads records in the order of their keys, from after one key; of one agency only, where it is given. */
export async function readRecords(
  pool: Pool,
  { name, table }: AuditedTable,
  { after, agency, limit }: { after: RecordKey; agency?: string; limit: number },
): Promise<RecordRow[]> {
  const { rows } = await pool.query<RecordRow>(
    `SELECT r.agency, r.id, r.version, ${documentFunction(table)}(r) AS document,
  n.version AS "newestVersion", n.document AS "newestDocument", n.seq::text AS seq,
  n.schema_revision = (SELECT t.revision FROM hms.captured_tables t WHERE t.resource = ${literal(name)}) AS "sameShape"
FROM public.${identifier(table)} r LEFT JOIN LATERAL (
  SELECT c.version, c.document, c.schema_revision, c.seq FROM hms.changes c
  WHERE c.resource = ${literal(name)} AND c.agency = r.agency AND c.record_id = r.id
  ORDER BY c.version DESC LIMIT 1) n ON true
WHERE (r.agency, r.id) > ($1, $2) AND ($3::text IS NULL OR r.agency = $3)
ORDER BY r.agency, r.id LIMIT $4`,
    [after.agency, after.id, agency ?? null, limit],
  );
  return rows;
}

/** What is wrong with a record against the log; undefined where nothing is. */
export function checkRecord(resource: string, row: RecordRow): Finding | undefined {
  const { agency, id, version, newestVersion } = row;
  const at = { resource, agency, id, version, seq: row.seq ?? '-' };
  if (newestVersion === null) return findingAt(at, 'gap', 'The record has no entry in the log.');
  if (newestVersion < version)
    return findingAt(at, 'gap', `The newest entry about the record is of version ${newestVersion}.`);
  if (newestVersion > version || !sameContent(row))
    return findingAt(
      { ...at, version: newestVersion },
      'document',
      'The record is not as its newest version says.',
    );
  return undefined;
}

/** A later shape may have other members; those of both shapes must agree. */
function sameContent({ document, newestDocument, sameShape }: RecordRow): boolean {
  if (sameShape) return document === newestDocument;
  const [current, newest] = [document, newestDocument ?? '{}'].map(
    (text) => JSON.parse(text) as Record<string, unknown>,
  );
  return Object.entries(current ?? {}).every(
    ([member, value]) => !Object.hasOwn(newest ?? {}, member) || isDeepStrictEqual(value, newest?.[member]),
  );
}
