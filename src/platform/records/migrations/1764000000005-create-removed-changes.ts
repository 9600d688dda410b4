import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is left of log entries that were removed under a retention rule, and which may be (ADR 11). */
export class CreateRemovedChanges1764000000005 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [removedChanges, ...indexes, ...rule, ...removal, ...guards])
      await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TRIGGER remove_rows ON hms.changes');
    await queryRunner.query(
      `DROP FUNCTION hms.remove_change(), hms.removable_up_to(text, text, text, timestamptz),
       hms.needed_from(text, text, text)`,
    );
    await queryRunner.query('DROP TABLE hms.removed_changes');
  }
}

/**
 * A removed entry keeps its place in the log and its hash, so that chains and signed checkpoints go on being
 * verified over it, and loses its content. `retention` is the number of the signed record that it was removed
 * under.
 */
const removedChanges = `CREATE TABLE hms.removed_changes (
  xid xid8 NOT NULL,
  seq bigint NOT NULL,
  resource text COLLATE "C" NOT NULL,
  agency text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  hash bytea NOT NULL,
  retention integer NOT NULL,
  PRIMARY KEY (xid, seq),
  UNIQUE (resource, agency, record_id, version)
)`;

const indexes = ['CREATE INDEX removed_changes_by_retention ON hms.removed_changes (retention)'];

/** Which versions may go, in one place. */
const rule = [
  // The first version of a record that deliveries may read; null where there is no target. It is the last that
  // some target has: the next one may be compared with it.
  `CREATE FUNCTION hms.needed_from(wanted_resource text, wanted_agency text, wanted_id text) RETURNS integer
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (SELECT min(c.delivered_version) FROM hms.sync_targets t
    JOIN hms.sync_cursors c ON c.target_id = t.id AND c.agency = wanted_agency AND c.record_id = wanted_id
    WHERE t.resource = wanted_resource)`,

  // The last version of a record that may be removed, with all before it; null: none. What the record was at
  // the cut stays, so that it can be read as of any instant since. What a target still needs stays too.
  `CREATE FUNCTION hms.removable_up_to(
  wanted_resource text, wanted_agency text, wanted_id text, cut timestamptz
) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (SELECT least(kept.version, hms.needed_from(wanted_resource, wanted_agency, wanted_id)) - 1
    FROM hms.version_at(wanted_resource, wanted_agency, wanted_id, cut) AS kept(version)
    WHERE kept.version IS NOT NULL)`,
];

/**
 * An entry is removed only in a transaction that names its retention, and never without its trace. Whoever
 * owns the tables can name any: what shows a removal that nobody signed is the verification of the log.
 */
const removal = [
  `CREATE FUNCTION hms.remove_change() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
  retention pg_catalog.text := pg_catalog.current_setting('hms.retention', true);
BEGIN
  IF coalesce(retention, '') = '' THEN
    RAISE EXCEPTION 'The log hms.changes is append-only: % is refused.', TG_OP
      USING ERRCODE = 'HM006', HINT = 'To undo a change, make another one. Old versions are removed by: npm run audit:retain.';
  END IF;
  INSERT INTO hms.removed_changes (xid, seq, resource, agency, record_id, version, hash, retention)
  VALUES (OLD.xid, OLD.seq, OLD.resource, OLD.agency, OLD.record_id, OLD.version, OLD.hash,
          retention::pg_catalog.int4);
  RETURN OLD;
END $function$`,
  'CREATE TRIGGER remove_rows BEFORE DELETE ON hms.changes FOR EACH ROW EXECUTE FUNCTION hms.remove_change()',
  'ALTER TABLE hms.changes ENABLE ALWAYS TRIGGER remove_rows',
];

const guards = [
  `CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON hms.removed_changes
   FOR EACH ROW EXECUTE FUNCTION hms.refuse_change_of_log()`,
  `CREATE TRIGGER keep_table BEFORE TRUNCATE ON hms.removed_changes
   FOR EACH STATEMENT EXECUTE FUNCTION hms.refuse_change_of_log()`,
  'ALTER TABLE hms.removed_changes ENABLE ALWAYS TRIGGER keep_rows',
  'ALTER TABLE hms.removed_changes ENABLE ALWAYS TRIGGER keep_table',
  'REVOKE EXECUTE ON FUNCTION hms.remove_change() FROM PUBLIC',
];
