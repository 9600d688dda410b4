import type { QueryRunner } from 'typeorm';
import { identifier, literal } from '../capture/document-expression.js';
import { withArticle } from '../with-article.js';
import type { LifeCycle } from './life-cycle.js';

/** A life cycle as a migration freezes it. */
export interface GuardedTable extends LifeCycle {
  /** Name of the resource in the log, such as `policies`. */
  readonly resource: string;
  /** What one record is called in messages: `policy`. */
  readonly type: string;
  /** Name of the table in schema `public`. */
  readonly table: string;
}

/** Holds every change of `status` in a table, by whomever it is made, to a life cycle. For migrations. */
export async function guardLifeCycle(queryRunner: QueryRunner, table: GuardedTable): Promise<void> {
  for (const statement of lifeCycleStatements(table)) await queryRunner.query(statement);
}

/** Takes the guard away again. For the way down of a migration. */
export async function releaseLifeCycle(
  queryRunner: QueryRunner,
  { table }: Pick<GuardedTable, 'table'>,
): Promise<void> {
  await queryRunner.query(`DROP FUNCTION ${guardFunction(table)} CASCADE`);
}

const guardFunction = (table: string): string => `hms.${identifier(`${table}_life_cycle`)}`;

function lifeCycleStatements(table: GuardedTable): string[] {
  const relation = `public.${identifier(table.table)}`;
  const guard = guardFunction(table.table);
  return [
    guardTriggerFunction(guard, table),
    `REVOKE EXECUTE ON FUNCTION ${guard}() FROM PUBLIC`,
    // Two, each with a condition: a function with its owner's rights is called for those rows alone that it is about.
    `CREATE OR REPLACE TRIGGER hms_life_cycle BEFORE UPDATE ON ${relation} FOR EACH ROW
  WHEN (NEW.status IS DISTINCT FROM OLD.status) EXECUTE FUNCTION ${guard}()`,
    `CREATE OR REPLACE TRIGGER hms_life_cycle_start BEFORE INSERT ON ${relation} FOR EACH ROW
  WHEN (NEW.status <> ${literal(table.initial)}) EXECUTE FUNCTION ${guard}()`,
    `ALTER TABLE ${relation} ENABLE ALWAYS TRIGGER hms_life_cycle`,
    `ALTER TABLE ${relation} ENABLE ALWAYS TRIGGER hms_life_cycle_start`,
  ];
}

/**
 * It reads the log with its owner's rights, to see who edited last. The service's login starts a record in
 * its first state; other logins may load records that are further on.
 */
function guardTriggerFunction(
  name: string,
  { resource, type, initial, transitions, reviewed }: GuardedTable,
) {
  const following = Object.entries(transitions)
    .map(([state, next]) => `WHEN ${literal(state)} THEN ${textArray(next)}`)
    .join('\n    ');
  return `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $function$
DECLARE
  following pg_catalog.text[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF session_user = ANY (hms.application_logins()) THEN
      RAISE EXCEPTION '${withArticle(type)} begins as ${initial}, not as %.', NEW.status USING ERRCODE = 'HM008';
    END IF;
    RETURN NEW;
  END IF;
  following := CASE OLD.status
    ${following}
    ELSE ${textArray([])} END;
  IF NOT coalesce(NEW.status = ANY (following), false) THEN
    RAISE EXCEPTION '${withArticle(type)} that is % does not become %.', OLD.status, NEW.status
      USING ERRCODE = 'HM008', HINT = CASE following WHEN ${textArray([])} THEN 'It stays what it is.'
        ELSE 'It can become ' || pg_catalog.array_to_string(following, ' or ') || '.' END;
  END IF;
  IF NEW.status = ANY (${textArray(reviewed)}) THEN
    PERFORM hms.refuse_own_review(${literal(resource)}, pg_catalog.to_jsonb(OLD), pg_catalog.to_jsonb(NEW));
  END IF;
  RETURN NEW;
END $function$`;
}

const textArray = (values: readonly string[]): string =>
  `ARRAY[${values.map(literal).join(', ')}]::pg_catalog.text[]`;
