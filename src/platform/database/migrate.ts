import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Client } from 'pg';
import { DataSource, MigrationExecutor, type MigrationInterface, type QueryRunner } from 'typeorm';
import type { DatabaseAddress, DatabaseName } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { connectionProblem } from './connection-problem.js';
import { commonOptions, type EntityClass } from './data-source.js';
import { databaseLabels } from './database-label.js';
import { codeOf } from './error-details.js';
import { loginOf } from './database-login.js';

/** A migration, as TypeORM takes it: its name ends in the 13 digits of its instant. */
export type MigrationClass = new () => MigrationInterface;

/** What a database is to hold. */
export interface DatabaseContents {
  readonly entities: readonly EntityClass[];
  readonly migrations: readonly MigrationClass[];
  /** Runs after the migrations, in a transaction of its own and on every call, so it must be repeatable. */
  readonly afterMigrate?: (queryRunner: QueryRunner, applicationLogin: string) => Promise<void>;
}

/** Key of the advisory lock of those who migrate one database; any constant will do. */
const key = 4_871_303;

/**
 * Brings a database up to date on its owner's login, each migration in a transaction of its own. Of several
 * that do so at once, one works and the others wait.
 *
 * @returns the names of the migrations that were applied
 */
export async function migrateDatabase(
  name: DatabaseName,
  address: DatabaseAddress,
  { entities, migrations, afterMigrate }: DatabaseContents,
): Promise<string[]> {
  const dataSource = new DataSource({
    ...commonOptions(address.migrationUrl, entities),
    applicationName: `hms-migrate-${name}`,
    migrations: [...migrations],
  });
  try {
    await dataSource.initialize();
  } catch (error) {
    throw connectionProblem({ name, url: address.migrationUrl, login: 'migration' }, error);
  }
  // The lock and the migrations share one session: should it break, both end.
  const queryRunner = dataSource.createQueryRunner();
  try {
    await lock(queryRunner);
    const executor = new MigrationExecutor(dataSource, queryRunner);
    executor.transaction = 'each';
    const applied = await executor.executePendingMigrations();
    if (afterMigrate)
      await inTransaction(queryRunner, () => afterMigrate(queryRunner, loginOf(address.url).user));
    return applied.map((migration) => migration.name);
  } finally {
    // Ends the session, and with it the lock.
    await dataSource.destroy();
  }
}

/**
 * Names of the migrations that a database lacks, read on the application's login.
 *
 * @throws {StartupError} when the database cannot be reached, or its list of migrations not be read
 */
export async function pendingMigrations(
  name: DatabaseName,
  address: DatabaseAddress,
  migrations: readonly MigrationClass[],
): Promise<string[]> {
  const applied = await appliedMigrations(name, address);
  return migrations.map(migrationName).filter((migration) => !applied.has(migration));
}

/**
 * Refuses a database that lacks migrations.
 *
 * @throws {StartupError} naming them and the remedy
 */
export async function requireMigrated(
  name: DatabaseName,
  address: DatabaseAddress,
  migrations: readonly MigrationClass[],
): Promise<void> {
  const pending = await pendingMigrations(name, address, migrations);
  if (pending.length === 0) return;
  const count = pending.length === 1 ? '1 migration' : `${pending.length} migrations`;
  throw new StartupError(
    `${databaseLabels[name]} lacks ${count} (${pending.join(', ')}): run npm run migrate first.`,
  );
}

async function appliedMigrations(name: DatabaseName, address: DatabaseAddress): Promise<Set<string>> {
  const client = new Client({ connectionString: address.url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw connectionProblem({ name, url: address.url, login: 'application' }, error);
  }
  try {
    const { rows } = await client.query<{ name: string }>('SELECT name FROM public.migrations');
    return new Set(rows.map((row) => row.name));
  } catch (error) {
    const code = codeOf(error);
    if (code === '42P01') return new Set();
    if (code !== '42501') throw error;
    throw new StartupError(
      `${databaseLabels[name]}: the login "${client.user}" may not read public.migrations: run npm run migrate, ` +
        'which grants what it needs.',
      { cause: error },
    );
  } finally {
    await client.end();
  }
}

/** Tries again and again: a statement that waits would keep a snapshot, for which index builds wait in turn. */
async function lock(queryRunner: QueryRunner): Promise<void> {
  for (;;) {
    const rows: unknown = await queryRunner.query('SELECT pg_try_advisory_lock($1) AS held', [key]);
    if (isDeepStrictEqual(rows, [{ held: true }])) return;
    await pause(100);
  }
}

async function inTransaction(queryRunner: QueryRunner, work: () => Promise<void>): Promise<void> {
  await queryRunner.startTransaction();
  try {
    await work();
    await queryRunner.commitTransaction();
  } catch (error) {
    await queryRunner.rollbackTransaction();
    throw error;
  }
}

/** As TypeORM names it. */
function migrationName(migration: MigrationClass): string {
  return new migration().name ?? migration.name;
}
