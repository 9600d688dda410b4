import type { DatabaseName } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import type { DatabaseContents, MigrationClass } from '../database/migrate.js';
import type { SyncedResource } from '../sync/synced-resource.js';
import { grantApplication } from './grant-application.js';
import { platformMigrations } from './migrations/index.js';
import type { Resource } from './resource.js';
import { tableOf } from './table-of.js';

/** Tables of a part of the platform that stands above the records. */
export interface PlatformTables {
  readonly databases: readonly DatabaseName[];
  readonly migrations: readonly MigrationClass[];
  /** Statements that give the application's login, a quoted name, its rights. They may be repeated. */
  readonly grants: (role: string) => readonly string[];
}

/** What each database is to hold: the platform's tables and those of its resources. */
export function contentsOf(
  resources: readonly Resource[],
  platformTables: readonly PlatformTables[],
): Record<DatabaseName, DatabaseContents> {
  const contents = (name: DatabaseName): DatabaseContents => {
    const own = resources.filter(({ database }) => database === name);
    const parts = platformTables.filter(({ databases }) => databases.includes(name));
    return {
      entities: own.map(({ entity }) => entity),
      migrations: [
        ...platformMigrations,
        ...parts.flatMap(({ migrations }) => migrations),
        ...own.flatMap(({ migrations }) => migrations),
      ],
      afterMigrate: (queryRunner, login) =>
        grantApplication(queryRunner, login, (role) => parts.flatMap(({ grants }) => grants(role))),
    };
  };
  return { policy: contents('policy'), market: contents('market') };
}

/** What the delivery engine needs to know of a resource. */
export function syncedResourceOf(resource: Resource): SyncedResource {
  const { name, type, database, payload } = resource;
  return { name, type, database, table: tableOf(resource), ...(payload && { payload }) };
}

/**
 * Refuses the name of a resource that the service does not have.
 *
 * @param variable the environment variable that holds the names
 * @throws {StartupError} naming it and the resources there are
 */
export function requireKnownResources(
  variable: string,
  names: readonly string[],
  resources: readonly Pick<Resource, 'name'>[],
): void {
  const known = resources.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new StartupError(
      `${variable} names ${unknown.join(', ')}, which this service does not have; it has ${known.join(', ')}.`,
    );
}
