import type { CapturedTable } from './captured-table.js';
import { documentExpression, identifier, literal } from './document-expression.js';

/** Name of the SQL function that makes the document of a record of this table. */
export const documentFunction = (table: string): string => `hms.${identifier(`${table}_document`)}`;

/**
 * The SQL that puts a table under capture: its document function, and the triggers that number versions,
 * write the log entry and mark the pending deliveries in the transaction of the change (ADR 1).
 *
 * Every relation and type in the functions is schema-qualified: a temporary table named `changes` must
 * not swallow the log. `SET search_path` would do the same for 15 to 20 % of the throughput.
 */
export function captureStatements(table: CapturedTable): string[] {
  const relation = `public.${identifier(table.table)}`;
  const versionFunction = `hms.${identifier(`${table.table}_version`)}`;
  const insertFunction = `hms.${identifier(`${table.table}_capture_insert`)}`;
  const updateFunction = `hms.${identifier(`${table.table}_capture_update`)}`;
  return [
    `CREATE OR REPLACE FUNCTION ${documentFunction(table.table)}(r ${relation}) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN ${documentExpression(table)}`,
    versionTriggerFunction(versionFunction, table),
    insertTriggerFunction(insertFunction, table),
    updateTriggerFunction(updateFunction, table),
    // A trigger fires without this right. With it, any login could hang the function on a table of its own.
    `REVOKE EXECUTE ON FUNCTION ${versionFunction}(), ${insertFunction}(), ${updateFunction}() FROM PUBLIC`,
    ...triggers(relation, { versionFunction, insertFunction, updateFunction }),
    `INSERT INTO hms.captured_tables (resource, table_name, revision, columns)
VALUES (${literal(table.resource)}, ${literal(table.table)}, ${table.revision}, ${literal(JSON.stringify(table.columns))})
ON CONFLICT (resource) DO UPDATE SET table_name = EXCLUDED.table_name, revision = EXCLUDED.revision, columns = EXCLUDED.columns`,
  ];
}

/** The BEFORE trigger: keeps the key, numbers the versions, and turns a no-op back into the old row. */
function versionTriggerFunction(name: string, table: CapturedTable): string {
  const columns = [...table.columns.map(({ column }) => identifier(column)), 'deleted_at'];
  const row = (record: string): string => columns.map((column) => `${record}.${column}`).join(', ');
  return `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.version := 1;
    NEW.updated_at := pg_catalog.clock_timestamp();
    NEW.created_at := NEW.updated_at;
    RETURN NEW;
  END IF;
  IF NEW.agency <> OLD.agency OR NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'The key of a record never changes (% of agency %).', OLD.id, OLD.agency
      USING ERRCODE = 'HM001', HINT = 'Create a record under the new key, and delete this one by setting deleted_at.';
  END IF;
  NEW.version := OLD.version;
  NEW.created_at := OLD.created_at;
  NEW.updated_at := OLD.updated_at;
  IF NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NOT NULL THEN
    NEW.deleted_at := OLD.deleted_at;
  END IF;
  IF (${row('NEW')})
     IS NOT DISTINCT FROM
     (${row('OLD')}) THEN
    RETURN OLD;
  END IF;
  NEW.version := OLD.version + 1;
  -- now() is the start of the transaction, which let version 3 be older than version 2.
  NEW.updated_at := greatest(pg_catalog.clock_timestamp(), OLD.updated_at + interval '1 microsecond');
  RETURN NEW;
END $function$`;
}

/**
 * The AFTER triggers: the log entry, its link in the record's hash chain, and the cursors of the targets. They
 * run as the owner of the log, so that no other login needs the right to write there.
 *
 * New records are captured once a statement, in the order in which they were made: they have no version before, and
 * many at once cost less each. To set that up costs more than one record by itself, so one goes the way of an
 * update, which is captured row by row.
 */
function insertTriggerFunction(name: string, table: CapturedTable): string {
  const resource = literal(table.resource);
  const relation = `public.${identifier(table.table)}`;
  // Who makes the changes is found out once for each agency. Without OFFSET 0 the document would be made twice, once
  // for its hash.
  return `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $function$
DECLARE
  one ${relation};
  rows_made pg_catalog.int4 := 0;
  origin hms.change_origin;
  change_document pg_catalog.text;
BEGIN
  ${refuseOtherTable(relation)}
  FOR one IN SELECT * FROM made LOOP
    rows_made := rows_made + 1;
    EXIT WHEN rows_made = 2;
  END LOOP;
  IF rows_made = 0 THEN
    RETURN NULL;
  END IF;
  IF rows_made = 1 THEN
    origin := hms.change_origin(one.agency);
    change_document := ${documentFunction(table.table)}(one);
    ${logEntry(table, { row: 'one', action: `'created'`, previous: 'NULL' })}
    ${markCursors(resource, 'one')}
    RETURN NULL;
  END IF;
  INSERT INTO hms.changes (resource, agency, record_id, version, action, schema_revision, document,
                           actor, login, context, changed_at, hash)
  SELECT ${resource}, m.agency, m.id, m.version, 'created', ${table.revision}, m.document,
         m.actor, m.login, m.context, m.updated_at,
         hms.change_hash(NULL, ${resource}, m.agency, m.id, m.version, 'created', ${table.revision},
                         m.document, m.actor, m.login, m.context, m.updated_at)
  FROM (SELECT r.agency, r.id, r.version, r.updated_at, o.actor, o.login, o.context,
               ${documentFunction(table.table)}(r.record) AS document
        FROM (SELECT n.agency, n.id, n.version, n.updated_at, n::${relation} AS record,
                     pg_catalog.row_number() OVER () AS place
              FROM made n) r
        JOIN (SELECT a.agency, c.actor, c.login, c.context FROM (SELECT DISTINCT agency FROM made) a
              CROSS JOIN LATERAL hms.change_origin(a.agency) c) o ON o.agency = r.agency
        ORDER BY r.place OFFSET 0) m;
  ${markCursors(resource, 'r', 'made r CROSS JOIN ')}
  RETURN NULL;
END $function$`;
}

function updateTriggerFunction(name: string, table: CapturedTable): string {
  const resource = literal(table.resource);
  const relation = `public.${identifier(table.table)}`;
  return `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $function$
DECLARE
  origin hms.change_origin;
  change_action pg_catalog.text;
  change_document pg_catalog.text;
  previous pg_catalog.bytea;
BEGIN
  ${refuseOtherTable(relation)}
  origin := hms.change_origin(NEW.agency);
  change_action := CASE
    WHEN OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL THEN 'deleted'
    WHEN OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL THEN 'restored'
    ELSE 'updated' END;
  SELECT c.hash INTO previous FROM hms.changes c
  WHERE c.resource = ${resource} AND c.agency = NEW.agency AND c.record_id = NEW.id AND c.version = OLD.version;
  change_document := ${documentFunction(table.table)}(NEW);
  ${logEntry(table, { row: 'NEW', action: 'change_action', previous: 'previous' })}
  ${markCursors(resource, 'NEW')}
  RETURN NULL;
END $function$`;
}

const refuseOtherTable = (relation: string): string =>
  `IF TG_RELID <> ${literal(relation)}::pg_catalog.regclass THEN
    RAISE EXCEPTION 'Only changes of ${relation} are recorded here, not those of %.', TG_RELID::pg_catalog.regclass
      USING ERRCODE = 'HM007', HINT = 'Put the other table under capture with captureTable.';
  END IF;`;

/** The log entry of one row, whose `origin` and `change_document` are known. */
function logEntry(
  table: CapturedTable,
  { row, action, previous }: { readonly row: string; readonly action: string; readonly previous: string },
): string {
  const entry = `${literal(table.resource)}, ${row}.agency, ${row}.id, ${row}.version, ${action}, ${table.revision}`;
  return `INSERT INTO hms.changes (resource, agency, record_id, version, action, schema_revision, document,
                           actor, login, context, changed_at, previous_hash, hash)
  VALUES (${entry}, change_document,
          origin.actor, origin.login, origin.context, ${row}.updated_at, ${previous},
          hms.change_hash(${previous}, ${entry},
                          change_document, origin.actor, origin.login, origin.context, ${row}.updated_at));`;
}

/** @param rows what is before the targets in FROM, where `row` is no variable */
function markCursors(resource: string, row: string, rows = ''): string {
  return `-- A pending cursor keeps its due_at: neither a lease nor a back-off may be cut short by a new version.
  -- One that is held has none, and new versions wait behind the dead letter.
  -- A cursor born at a later version than 1 belongs to a target that has not seen the record: what came
  -- before is not sent.
  INSERT INTO hms.sync_cursors AS existing
    (target_id, agency, record_id, latest_version, delivered_version, pending_since, due_at)
  SELECT t.id, ${row}.agency, ${row}.id, ${row}.version, ${row}.version - 1, ${row}.updated_at, ${row}.updated_at
  FROM ${rows}hms.sync_targets t
  WHERE t.resource = ${resource} AND (t.agency IS NULL OR t.agency = ${row}.agency) AND NOT t.detached
  ON CONFLICT (target_id, agency, record_id) DO UPDATE
  SET latest_version = EXCLUDED.latest_version,
      pending_since = coalesce(existing.pending_since, EXCLUDED.pending_since),
      due_at = CASE WHEN existing.held_at IS NULL THEN coalesce(existing.due_at, EXCLUDED.due_at) END;`;
}

function triggers(
  relation: string,
  { versionFunction, insertFunction, updateFunction }: Record<`${string}Function`, string>,
): string[] {
  const definitions: [name: string, when: string, action: string][] = [
    // Named to run after any BEFORE trigger of the table's own.
    ['zz_hms_version', 'BEFORE INSERT OR UPDATE', `FOR EACH ROW EXECUTE FUNCTION ${versionFunction}()`],
    [
      'zz_hms_capture_insert',
      'AFTER INSERT',
      `REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION ${insertFunction}()`,
    ],
    [
      'zz_hms_capture_update',
      'AFTER UPDATE',
      `FOR EACH ROW WHEN (NEW.version <> OLD.version) EXECUTE FUNCTION ${updateFunction}()`,
    ],
    ['zz_hms_keep_rows', 'BEFORE DELETE', 'FOR EACH ROW EXECUTE FUNCTION hms.refuse_removal()'],
    ['zz_hms_keep_table', 'BEFORE TRUNCATE', 'FOR EACH STATEMENT EXECUTE FUNCTION hms.refuse_removal()'],
  ];
  return definitions.flatMap(([name, when, action]) => [
    `CREATE OR REPLACE TRIGGER ${name} ${when} ON ${relation} ${action}`,
    // ALWAYS: session_replication_role = replica would skip the trigger otherwise.
    `ALTER TABLE ${relation} ENABLE ALWAYS TRIGGER ${name}`,
  ]);
}
