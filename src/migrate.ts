import { databaseContents } from './app.module.js';
import { type DatabaseName, databaseNames } from './platform/config/settings.js';
import type { DatabaseAddresses } from './platform/database/database-addresses.js';
import { migrateDatabase, requireMigrated } from './platform/database/migrate.js';

/**
 * Brings databases up to date and gives the application's login its rights.
 *
 * @returns the names of the migrations that were applied
 */
export async function migrateAll(
  addresses: DatabaseAddresses,
  names: readonly DatabaseName[] = databaseNames,
): Promise<string[]> {
  const applied: string[] = [];
  for (const name of names)
    applied.push(...(await migrateDatabase(name, addresses[name], databaseContents[name])));
  return applied;
}

/** @throws {StartupError} naming the migrations that a database lacks */
export async function requireAllMigrated(
  addresses: DatabaseAddresses,
  names: readonly DatabaseName[] = databaseNames,
): Promise<void> {
  for (const name of names) await requireMigrated(name, addresses[name], databaseContents[name].migrations);
}
