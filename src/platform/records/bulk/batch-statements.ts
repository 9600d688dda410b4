import { documentFunction } from '../capture/capture-statements.js';
import { identifier } from '../capture/document-expression.js';
import type { RecordColumn } from '../record-columns.js';
import { type PreparedStatement, prepared } from '../record-statements.js';

/**
 * The statements of many writes to one table. Each does its work for all records at once; the triggers give
 * every row its version, log entry and pending deliveries, as with a single write.
 */
export interface BatchStatements {
  /**
   * Locks the records with these ids in the order of their keys, and tells what they are. Parameters: agency,
   * ids, ids of those whose document is wanted.
   */
  readonly lock: PreparedStatement;
  /**
   * Parameters: agency, JSON array of `{id, ...columns}`; what it leaves out is null. No row: another transaction made
   * the record meanwhile.
   */
  readonly create: PreparedStatement;
  /** Parameters: agency, JSON array of `{id, columns}`; what it leaves out stays. */
  readonly update: PreparedStatement;
  /** Parameters: agency, ids. */
  readonly remove: PreparedStatement;
}

export function batchStatements(table: string, columns: readonly RecordColumn[]): BatchStatements {
  const relation = `public.${identifier(table)}`;
  const names = columns.map(({ column }) => identifier(column)).join(', ');
  const values = columns.map(({ column }) => `r.${identifier(column)}`).join(', ');
  return {
    // As an UPDATE locks: references to the record may be checked meanwhile.
    lock: prepared(
      table,
      'batch_lock',
      `SELECT p.id, p.version, p.deleted_at IS NOT NULL AS deleted,
  CASE WHEN p.id = ANY ($3::text[]) THEN ${documentFunction(table)}(p) END AS document
FROM ${relation} p WHERE p.agency = $1 AND p.id = ANY ($2::text[]) ORDER BY p.id FOR NO KEY UPDATE`,
    ),
    // Two that make the same records wait for each other's keys, so they make them in the same order.
    create: prepared(
      table,
      'batch_create',
      `INSERT INTO ${relation} AS p (agency, id, ${names})
SELECT $1, r.id, ${values} FROM jsonb_populate_recordset(NULL::${relation}, $2::jsonb) r
ORDER BY r.id COLLATE "C"
ON CONFLICT (agency, id) DO NOTHING
RETURNING p.id, p.version`,
    ),
    update: prepared(
      table,
      'batch_update',
      `UPDATE ${relation} p SET (${names}) = (SELECT ${values} FROM jsonb_populate_record(p, w.columns) r)
FROM jsonb_to_recordset($2::jsonb) AS w (id text, columns jsonb)
WHERE p.agency = $1 AND p.id = w.id COLLATE "C" AND p.deleted_at IS NULL
RETURNING p.id, p.version`,
    ),
    remove: prepared(
      table,
      'batch_remove',
      `UPDATE ${relation} p SET deleted_at = clock_timestamp()
WHERE p.agency = $1 AND p.id = ANY ($2::text[]) AND p.deleted_at IS NULL
RETURNING p.id, p.version`,
    ),
  };
}
