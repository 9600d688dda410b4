import type { QueryRunner } from 'typeorm';
import { identifier, literal } from './document-expression.js';

/** A constraint of a table. */
export interface ChangeCheck {
  /** The first is the one that it is about. Where that is null, it holds. */
  readonly columns: readonly [string, ...string[]];
  /** SQL literal of what stands in that column where there is nothing; it is right, and not looked at. */
  readonly empty?: string;
  /** SQL over the row `NEW` that must not be false. */
  readonly holds: string;
}

/**
 * Gives a table constraints that are looked at only when one of their columns changes, by a trigger that nothing but
 * its owner can take away. CHECK constraints would do the same for much more: PostgreSQL reads the text of each anew
 * with every statement, and evaluates it with every update of a row, whatever that changes. To look at nothing takes
 * long too, so an empty column is right unseen. A breach is answered as that of a CHECK, with the name of the
 * constraint. The constraints are looked at in their order. For migrations.
 */
export async function checkOnChange(
  queryRunner: QueryRunner,
  table: string,
  checks: Readonly<Record<string, ChangeCheck>>,
): Promise<void> {
  const relation = `public.${identifier(table)}`;
  const name = checkFunction(table);
  for (const statement of [
    triggerFunction(name, table, checks),
    `REVOKE EXECUTE ON FUNCTION ${name}() FROM PUBLIC`,
    `CREATE OR REPLACE TRIGGER hms_checks BEFORE INSERT OR UPDATE ON ${relation}
  FOR EACH ROW EXECUTE FUNCTION ${name}()`,
    `ALTER TABLE ${relation} ENABLE ALWAYS TRIGGER hms_checks`,
  ])
    await queryRunner.query(statement);
}

/** Takes the constraints away again. For the way down of a migration. */
export async function releaseChecks(queryRunner: QueryRunner, table: string): Promise<void> {
  await queryRunner.query(`DROP FUNCTION ${checkFunction(table)} CASCADE`);
}

const checkFunction = (table: string): string => `hms.${identifier(`${table}_checks`)}`;

/** Of a row that is inserted, OLD has nothing but nulls. */
function triggerFunction(name: string, table: string, checks: Readonly<Record<string, ChangeCheck>>): string {
  const conditions = Object.entries(checks).map(
    ([constraint, { columns, empty, holds }]) => `
  IF NEW.${columns[0]} ${empty === undefined ? 'IS NOT NULL' : `<> ${empty}`}
     AND (${columns.map((column) => `NEW.${column} IS DISTINCT FROM OLD.${column}`).join(' OR ')}) THEN
    IF NOT (${holds}) THEN
      RAISE EXCEPTION 'new row for relation "${table}" violates constraint "${constraint}"'
        USING ERRCODE = 'check_violation', TABLE = ${literal(table)}, CONSTRAINT = ${literal(constraint)};
    END IF;
  END IF;`,
  );
  return `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN${conditions.join('')}
  RETURN NEW;
END $function$`;
}
