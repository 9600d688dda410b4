import type { QueryRunner } from 'typeorm';
import { identifier, literal } from './capture/document-expression.js';

/**
 * Gives the application's login the rights it needs and no more, after every migration: it may read the
 * log but not write it, it owns nothing, and it cannot disable a trigger. Logins that had these rights
 * before keep them.
 *
 * @param login the user of the application's connection URL
 * @param furtherGrants statements for the tables of other parts of the platform
 */
export async function grantApplication(
  queryRunner: QueryRunner,
  login: string,
  furtherGrants: (role: string) => readonly string[],
): Promise<void> {
  const captured = await queryRunner.manager.query<{ table_name: string }[]>(
    'SELECT table_name FROM hms.captured_tables',
  );
  const logins = await applicationLogins(queryRunner, login);
  const role = identifier(login);
  const statements = [
    `CREATE OR REPLACE FUNCTION hms.application_logins() RETURNS name[] LANGUAGE sql IMMUTABLE
  RETURN ARRAY[${logins.map(literal).join(', ')}]::name[]`,
    // With a temporary table a login can stand in for a table of the service.
    `REVOKE TEMPORARY ON DATABASE ${identifier(await currentDatabase(queryRunner))} FROM PUBLIC`,
    `GRANT USAGE ON SCHEMA hms, public TO ${role}`,
    `GRANT SELECT ON public.migrations, hms.captured_tables, hms.changes, hms.removed_changes TO ${role}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON hms.sync_targets, hms.sync_secrets, hms.sync_breakers, hms.sync_cursors,
       hms.sync_jobs, hms.sync_attempts, hms.sync_instances, hms.idempotency_keys TO ${role}`,
    `GRANT USAGE ON SEQUENCE hms.sync_claims TO ${role}`,
    ...captured.map(
      (table) => `GRANT SELECT, INSERT, UPDATE ON public.${identifier(table.table_name)} TO ${role}`,
    ),
    ...furtherGrants(role),
  ];
  for (const statement of statements) await queryRunner.query(statement);
}

/**
 * The new login, and those that got their rights before and still exist: the service may be running on one
 * of them, and would no longer be held to its callers' agencies.
 */
async function applicationLogins({ manager }: QueryRunner, login: string): Promise<string[]> {
  const earlier = await manager.query<{ rolname: string }[]>(
    'SELECT rolname FROM pg_roles WHERE rolname = ANY (hms.application_logins()) ORDER BY rolname',
  );
  return [...new Set([...earlier.map(({ rolname }) => rolname), login])];
}

async function currentDatabase({ manager }: QueryRunner): Promise<string> {
  const rows = await manager.query<{ name: string }[]>('SELECT current_database() AS name');
  return rows[0]?.name ?? '';
}
