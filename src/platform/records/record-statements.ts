import { createHash } from 'node:crypto';
import { documentFunction } from './capture/capture-statements.js';
import { identifier, literal } from './capture/document-expression.js';
import type { RecordColumn } from './record-columns.js';
import type { Resource } from './resource.js';

/** A statement that a connection prepares once and then runs by name. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** An update that a module writes itself, see `RecordStore.ownUpdate`. Its values are `$5` and on, its row `p`. */
export interface OwnUpdate {
  /** Tells it from the table's other statements. */
  readonly name: string;
  /** Assignments, as after SET. */
  readonly set: string;
  /** Condition without which nothing is written. */
  readonly when: string;
}

/** The hot statements of one resource. Each request is one of them: one round trip. */
export interface RecordStatements {
  /** Parameters: agency, id. The row has a `computed` where the resource computes a header. */
  readonly read: PreparedStatement;
  /** Parameters: context, agency, id, members. No row: the id is taken. */
  readonly create: PreparedStatement;
  /** Parameters: context, agency, id, members, accepted versions or null. */
  readonly update: PreparedStatement;
  /** Parameters: context, agency, id, accepted versions or null. */
  readonly remove: PreparedStatement;
  /** Parameters: context, agency, id, accepted versions or null. Lets a deleted record live again. */
  readonly restore: PreparedStatement;
  /**
   * Parameters: context, agency, id, number of the version whose content the record gets, accepted versions
   * or null. For deleted records too, which live again. No row: no record, or no such version.
   */
  readonly restoreVersion: PreparedStatement;
  /** Parameters: agency, id, instant. */
  readonly readAsOf: PreparedStatement;
  /** Parameters: agency, id, instant. Whether the record was there then, and the log no longer says what it was. */
  readonly isPastRemoved: PreparedStatement;
  /** Parameters: context, agency, id, accepted versions or null, and the module's values. */
  readonly own: (update: OwnUpdate) => PreparedStatement;
}

/**
 * Writes the statements of a table. A write runs in one statement whatever members are sent. It sets the
 * context that the triggers record, and tells apart: no row – nothing there; `after` null – another
 * version; `before` = `after` – the same content; else written.
 *
 * The common table expression `context` runs only because the write selects from it.
 */
export function recordStatements(
  { name: resource, computed, lifeCycle }: Pick<Resource, 'name' | 'computed' | 'lifeCycle'>,
  table: string,
  columns: readonly RecordColumn[],
): RecordStatements {
  const relation = `public.${identifier(table)}`;
  const document = (record: string): string => `${documentFunction(table)}(${record}) AS document`;
  const names = namesOf(columns);
  const values = valuesOf(columns);
  // An older content comes back without its state: a record leaves the one it is in by a transition only.
  const restored = columns.filter(({ column }) => !lifeCycle || column !== 'status');
  const context = `context AS MATERIALIZED (SELECT set_config('hms.context', $1, true))`;
  const known = 'p.agency = $2 AND p.id = $3';
  const living = `${known} AND p.deleted_at IS NULL`;
  const target = `target AS (SELECT p.version FROM ${relation} p WHERE ${living})`;
  const outcome =
    'SELECT t.version AS before, w.version AS after, w.document FROM target t LEFT JOIN written w ON true';
  return {
    read: prepared(
      table,
      'read',
      `SELECT p.version, ${document('p')}${computed ? `, ${computed.expression} AS computed` : ''} FROM ${relation} p
WHERE p.agency = $1 AND p.id = $2 AND p.deleted_at IS NULL`,
    ),
    create: prepared(
      table,
      'create',
      `WITH ${context}
INSERT INTO ${relation} AS p (agency, id, ${names})
SELECT $2, $3, ${values} FROM context, jsonb_populate_record(NULL::${relation}, $4::jsonb) r
ON CONFLICT (agency, id) DO NOTHING
RETURNING p.version, ${document('p')}`,
    ),
    update: prepared(
      table,
      'update',
      `WITH ${context}, ${target}, written AS (
  UPDATE ${relation} p SET (${names}) = (SELECT ${values} FROM jsonb_populate_record(p, $4::jsonb) r)
  FROM context WHERE ${living} AND ($5::int[] IS NULL OR p.version = ANY ($5))
  RETURNING p.version, ${document('p')})
${outcome}`,
    ),
    remove: prepared(
      table,
      'remove',
      `WITH ${context}, ${target}, written AS (
  UPDATE ${relation} p SET deleted_at = clock_timestamp()
  FROM context WHERE ${living} AND ($4::int[] IS NULL OR p.version = ANY ($4))
  RETURNING p.version, NULL AS document)
${outcome}`,
    ),
    restore: prepared(
      table,
      'restore',
      `WITH ${context}, target AS (SELECT p.version FROM ${relation} p WHERE ${known}), written AS (
  UPDATE ${relation} p SET deleted_at = NULL
  FROM context WHERE ${known} AND p.deleted_at IS NOT NULL AND ($4::int[] IS NULL OR p.version = ANY ($4))
  RETURNING p.version, ${document('p')})
${outcome}`,
    ),
    restoreVersion: prepared(
      table,
      'restore_version',
      `WITH ${context}, logged AS MATERIALIZED (
  SELECT r.* FROM hms.changes c, jsonb_populate_record(NULL::${relation}, ${columnsOfDocument(columns)}) r
  WHERE c.resource = ${literal(resource)} AND c.agency = $2 AND c.record_id = $3 AND c.version = $4),
target AS (SELECT p.version FROM ${relation} p, logged WHERE ${known}), written AS (
  UPDATE ${relation} p SET (${namesOf(restored)}, deleted_at) = (SELECT ${valuesOf(restored)}, NULL::timestamptz FROM logged r)
  FROM context, logged WHERE ${known} AND ($5::int[] IS NULL OR p.version = ANY ($5))
  RETURNING p.version, ${document('p')})
${outcome}`,
    ),
    readAsOf: prepared(
      table,
      'read_as_of',
      `SELECT c.version, c.document, c.schema_revision AS revision FROM hms.changes c
WHERE c.resource = ${literal(resource)} AND c.agency = $1 AND c.record_id = $2
  AND c.version = hms.version_at(${literal(resource)}, $1, $2, $3) AND c.document::json ->> 'deleted' = 'false'`,
    ),
    isPastRemoved: prepared(
      table,
      'is_past_removed',
      `SELECT p.created_at <= $3 AND hms.version_at(${literal(resource)}, $1, $2, $3) IS NULL AS removed
FROM ${relation} p WHERE p.agency = $1 AND p.id = $2`,
    ),
    own: ({ name, set, when }) =>
      prepared(
        table,
        name,
        `WITH ${context}, ${target}, written AS (
  UPDATE ${relation} p SET ${set}
  FROM context WHERE ${living} AND ($4::int[] IS NULL OR p.version = ANY ($4)) AND (${when})
  RETURNING p.version, ${document('p')})
${outcome}`,
      ),
  };
}

const namesOf = (columns: readonly RecordColumn[]): string =>
  columns.map(({ column }) => identifier(column)).join(', ');

const valuesOf = (columns: readonly RecordColumn[]): string =>
  columns.map(({ column }) => `r.${identifier(column)}`).join(', ');

/** The values of the columns as a JSON object, from the logged document `c.document`. */
function columnsOfDocument(columns: readonly RecordColumn[]): string {
  const pairs = columns.map(({ member, column, defaultValue }) => {
    const value = `nullif(c.document::jsonb -> ${literal(member)}, 'null')`;
    const fallback = JSON.stringify(defaultValue ?? null);
    return `${literal(column)}, coalesce(${value}, ${literal(fallback)})`;
  });
  return `jsonb_build_object(${pairs.join(', ')})`;
}

/** A name that changes with the text, so that a connection never runs an older text under it. */
export function prepared(table: string, purpose: string, text: string): PreparedStatement {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { name: `${purpose}_${digest}_${table}`.slice(0, 63), text };
}
