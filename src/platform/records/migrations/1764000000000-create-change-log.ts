import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The append-only log: one row per version of a record, which is its history, its audit entry and its
 * outbox entry at once (ADR 1). What each column holds is said in `docs/architecture.md`.
 */
export class CreateChangeLog1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [
      schema,
      changes,
      ...indexes,
      capturedTables,
      applicationLogins,
      ...functions,
      ...guards,
    ])
      await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP SCHEMA hms CASCADE');
  }
}

const schema = 'CREATE SCHEMA hms';

/**
 * `hash` chains the versions of a record; see `hms.change_hash`. Anything that walks the log in the order
 * of commits uses `(xid, seq)` below `pg_snapshot_xmin`: `seq` alone is the order in which rows were
 * written, and a transaction that commits late would be passed over.
 */
const changes = `CREATE TABLE hms.changes (
  seq bigint GENERATED ALWAYS AS IDENTITY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  resource text COLLATE "C" NOT NULL,
  agency text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  action text COLLATE "C" NOT NULL CHECK (action IN ('created', 'updated', 'deleted', 'restored')),
  schema_revision integer NOT NULL,
  document text NOT NULL,
  actor text NOT NULL,
  login text NOT NULL,
  context text NOT NULL,
  changed_at timestamptz NOT NULL,
  previous_hash bytea,
  hash bytea NOT NULL,
  PRIMARY KEY (resource, agency, record_id, version) INCLUDE (changed_at)
)`;

const indexes = [
  // The order of commits, for whoever walks the log.
  'CREATE UNIQUE INDEX changes_order ON hms.changes (xid, seq)',
  // What an auditor asks for: an agency's changes, newest first.
  'CREATE INDEX changes_by_agency ON hms.changes (agency, changed_at, seq)',
];

/** What is under capture, as the migrations froze it; compared with the entities at every start. */
const capturedTables = `CREATE TABLE hms.captured_tables (
  resource text COLLATE "C" PRIMARY KEY,
  table_name text NOT NULL UNIQUE,
  revision integer NOT NULL,
  columns jsonb NOT NULL
)`;

/**
 * The logins that the service itself uses; set after each migration (`grantApplication`). A literal list,
 * since a look-up in a table would cost every write.
 */
const applicationLogins = `CREATE FUNCTION hms.application_logins() RETURNS name[] LANGUAGE sql IMMUTABLE
  RETURN ARRAY[]::name[]`;

const functions = [
  `CREATE TYPE hms.change_origin AS (actor text, login text, context text)`,

  // Who makes the change in this transaction. The service says it in hms.context; for any other login that
  // setting is ignored, since anybody could have written it.
  `CREATE FUNCTION hms.change_origin(record_agency text) RETURNS hms.change_origin LANGUAGE plpgsql STABLE AS $function$
DECLARE
  origin hms.change_origin;
  given pg_catalog.jsonb;
BEGIN
  -- At a stricter level a transaction may not see a target that was added after it began.
  IF pg_catalog.current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'Records are written at isolation level READ COMMITTED, not %.',
      pg_catalog.upper(pg_catalog.current_setting('transaction_isolation'))
      USING ERRCODE = 'HM004', HINT = 'Begin the transaction with: BEGIN ISOLATION LEVEL READ COMMITTED.';
  END IF;
  origin.login := session_user;
  IF NOT (session_user = ANY (hms.application_logins())) THEN
    origin.actor := 'login:' || session_user;
    origin.context := pg_catalog.json_build_object(
      'application', pg_catalog.current_setting('application_name'))::pg_catalog.text;
    RETURN origin;
  END IF;
  -- After its transaction a local setting reads as '', not as null.
  origin.context := nullif(pg_catalog.current_setting('hms.context', true), '');
  IF origin.context IS NULL THEN
    RAISE EXCEPTION 'The login % writes records only with a context.', session_user
      USING ERRCODE = 'HM003',
        HINT = 'Write through RecordStore, within RecordStore.transaction(context, ...), or with a login of your own.';
  END IF;
  given := origin.context::pg_catalog.jsonb;
  origin.actor := given ->> 'actor';
  IF given ->> 'agency' IS DISTINCT FROM record_agency THEN
    RAISE EXCEPTION 'A caller of agency % cannot write a record of agency %.', given ->> 'agency', record_agency
      USING ERRCODE = 'HM005';
  END IF;
  RETURN origin;
END $function$`,

  // SHA-256 over a JSON array of what is stored: JSON's quoting keeps the parts apart, and a verifier in
  // any language can rebuild the text.
  `CREATE FUNCTION hms.change_hash(
  previous bytea, resource text, agency text, record_id text, version integer, action text,
  schema_revision integer, document text, actor text, login text, context text, changed_at timestamptz
) RETURNS bytea LANGUAGE sql STABLE
  RETURN sha256(convert_to(json_build_array(
    'hms-change-v1', encode(previous, 'hex'), resource, agency, record_id, version, action, schema_revision,
    document, actor, login, context,
    to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text, 'UTF8'))`,

  // The version that a record had at an instant; null before the first that the log has of it. The instants
  // of versions ascend with their numbers, which have no gaps (a retention removes the oldest ones), so a
  // binary search needs no index of its own, which every write would pay for. Most records have few versions:
  // they are found by one look at the newest.
  `CREATE FUNCTION hms.version_at(
  wanted_resource text, wanted_agency text, wanted_id text, instant timestamptz
) RETURNS integer LANGUAGE plpgsql STABLE PARALLEL SAFE AS $function$
DECLARE
  at_once CONSTANT integer := 32;
  found integer;
  seen integer;
  low integer;
  high integer;
  middle integer;
  changed timestamptz;
BEGIN
  SELECT max(n.version) FILTER (WHERE n.changed_at <= instant), min(n.version), count(*) INTO found, high, seen
  FROM (SELECT c.version, c.changed_at FROM hms.changes c
    WHERE c.resource = wanted_resource AND c.agency = wanted_agency AND c.record_id = wanted_id
    ORDER BY c.version DESC LIMIT at_once) n;
  IF found IS NOT NULL OR seen < at_once THEN RETURN found; END IF;
  SELECT c.version, c.changed_at INTO low, changed FROM hms.changes c
  WHERE c.resource = wanted_resource AND c.agency = wanted_agency AND c.record_id = wanted_id
  ORDER BY c.version LIMIT 1;
  IF changed > instant THEN RETURN NULL; END IF;
  WHILE high - low > at_once LOOP
    middle := low + (high - low) / 2;
    SELECT c.changed_at INTO changed FROM hms.changes c
    WHERE c.resource = wanted_resource AND c.agency = wanted_agency AND c.record_id = wanted_id
      AND c.version = middle;
    IF changed <= instant THEN low := middle; ELSE high := middle; END IF;
  END LOOP;
  RETURN (SELECT max(c.version) FROM hms.changes c
    WHERE c.resource = wanted_resource AND c.agency = wanted_agency AND c.record_id = wanted_id
      AND c.version >= low AND c.version < high AND c.changed_at <= instant);
END $function$`,

  // The actor of the newest version that changed more than the state of a record, and on whose behalf they
  // acted. The walk back from the newest version ends at the first such one.
  `CREATE FUNCTION hms.last_editors(wanted_resource text, wanted_agency text, wanted_id text) RETURNS text[]
  LANGUAGE sql STABLE
  RETURN (SELECT array_remove(ARRAY[c.actor, c.context::jsonb ->> 'onBehalfOf'], NULL)
    FROM hms.changes c LEFT JOIN hms.changes b ON b.resource = c.resource AND b.agency = c.agency
      AND b.record_id = c.record_id AND b.version = c.version - 1
    WHERE c.resource = wanted_resource AND c.agency = wanted_agency AND c.record_id = wanted_id
      AND c.document::jsonb - '{status,version,updatedAt,deleted}'::text[]
          IS DISTINCT FROM b.document::jsonb - '{status,version,updatedAt,deleted}'::text[]
    ORDER BY c.version DESC LIMIT 1)`,

  // Four eyes: who edited last does not review, and a review edits nothing. Whoever acts on behalf of a
  // person, and that person, count as one.
  `CREATE FUNCTION hms.refuse_own_review(wanted_resource text, before jsonb, after jsonb) RETURNS void
LANGUAGE plpgsql STABLE AS $function$
DECLARE
  origin hms.change_origin := hms.change_origin(after ->> 'agency');
  reviewers pg_catalog.text[] := ARRAY[origin.actor, origin.context::pg_catalog.jsonb ->> 'onBehalfOf'];
BEGIN
  IF before - 'status' <> after - 'status' THEN
    RAISE EXCEPTION 'A step to % changes nothing but the status.', after ->> 'status'
      USING ERRCODE = 'HM009', HINT = 'Make the other changes first, and let somebody else take this step.';
  END IF;
  IF pg_catalog.array_remove(reviewers, NULL)
     && hms.last_editors(wanted_resource, after ->> 'agency', after ->> 'id') THEN
    RAISE EXCEPTION 'Who edited a record last does not bring it to %.', after ->> 'status'
      USING ERRCODE = 'HM009', HINT = 'Let somebody else take this step.';
  END IF;
END $function$`,

  `CREATE FUNCTION hms.refuse_change_of_log() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
  RAISE EXCEPTION 'The log hms.% is append-only: % is refused.', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'HM006', HINT = 'To undo a change, make another one.';
END $function$`,

  `CREATE FUNCTION hms.refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
  RAISE EXCEPTION '% of % is refused: its rows are records, and their deletion is a version.', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'HM002', HINT = pg_catalog.format(
      'Delete with: UPDATE %I SET deleted_at = now() WHERE agency = ... AND id = ...', TG_TABLE_NAME);
END $function$`,
];

const guards = [
  // Nobody but the owner may create objects in a schema that functions are resolved through.
  'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
  // What is to be deleted is the concern of the retention (CreateRemovedChanges).
  `CREATE TRIGGER keep_rows BEFORE UPDATE ON hms.changes
   FOR EACH ROW EXECUTE FUNCTION hms.refuse_change_of_log()`,
  `CREATE TRIGGER keep_table BEFORE TRUNCATE ON hms.changes
   FOR EACH STATEMENT EXECUTE FUNCTION hms.refuse_change_of_log()`,
  'ALTER TABLE hms.changes ENABLE ALWAYS TRIGGER keep_rows',
  'ALTER TABLE hms.changes ENABLE ALWAYS TRIGGER keep_table',
  // A trigger fires without this right; nobody needs it to hang the functions on other tables.
  'REVOKE EXECUTE ON FUNCTION hms.refuse_change_of_log(), hms.refuse_removal() FROM PUBLIC',
];
