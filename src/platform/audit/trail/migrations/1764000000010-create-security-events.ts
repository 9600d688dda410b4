import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What matters for security and changes no record: refused requests, reads and exports of the audit trail. */
export class CreateSecurityEvents1764000000010 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [securityEvents, byAgency, refuseChange, ...guards])
      await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE hms.security_events');
    await queryRunner.query('DROP FUNCTION hms.refuse_change_of_events()');
  }
}

/**
 * The agency is '' where none is proven: an index finds that, and does not find null. `id` lets the service
 * send an event again when it does not know whether it was stored.
 */
const securityEvents = `CREATE TABLE hms.security_events (
  seq bigint GENERATED ALWAYS AS IDENTITY,
  id uuid PRIMARY KEY,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  action text COLLATE "C" NOT NULL,
  outcome text COLLATE "C" NOT NULL CHECK (outcome IN ('success', 'denied', 'failed')),
  resource text COLLATE "C",
  record_id text COLLATE "C",
  agency text COLLATE "C" NOT NULL DEFAULT '',
  actor text,
  login text NOT NULL DEFAULT session_user,
  context text NOT NULL
)`;

const byAgency =
  'CREATE UNIQUE INDEX security_events_by_agency ON hms.security_events (agency, occurred_at, seq)';

/** Events are removed only in a transaction that says it is a retention. */
const refuseChange = `CREATE FUNCTION hms.refuse_change_of_events() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
  IF TG_OP = 'DELETE' AND coalesce(pg_catalog.current_setting('hms.retention', true), '') <> '' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'hms.security_events is append-only: % is refused.', TG_OP
    USING ERRCODE = 'HM006', HINT = 'Old events are removed by: npm run audit:retain.';
END $function$`;

const guards = [
  `CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON hms.security_events
   FOR EACH ROW EXECUTE FUNCTION hms.refuse_change_of_events()`,
  `CREATE TRIGGER keep_table BEFORE TRUNCATE ON hms.security_events
   FOR EACH STATEMENT EXECUTE FUNCTION hms.refuse_change_of_events()`,
  'ALTER TABLE hms.security_events ENABLE ALWAYS TRIGGER keep_rows',
  'ALTER TABLE hms.security_events ENABLE ALWAYS TRIGGER keep_table',
];
