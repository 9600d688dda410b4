import { resources } from '../app.module.js';
import { type AuditedTable, auditedTables } from '../platform/audit/integrity/audited-table.js';
import { processEnvironment } from '../platform/config/process-environment.js';
import { readSettings } from '../platform/config/read-settings.js';
import { type DatabaseName, databaseNames, type Settings } from '../platform/config/settings.js';
import { StartupError } from '../platform/config/startup.error.js';
import { locateEmbeddedPostgres } from '../platform/database/embedded/embedded-postgres.js';

/** One log, for a tool that reads it. */
export interface AuditSource {
  readonly name: DatabaseName;
  /** Connection URL of the application's login, which may read all that is needed. */
  readonly url: string;
  /** Connection URL of the owner's login. */
  readonly migrationUrl: string;
  readonly tables: readonly AuditedTable[];
}

/** The settings of the audit, from the environment. */
export function auditSettings(): Settings['audit'] {
  return readSettings(processEnvironment()).audit;
}

/** @throws {StartupError} when there is no database of the name, or it does not run */
export async function auditSource(argument: string): Promise<AuditSource> {
  const name = databaseNames.find((candidate) => candidate === argument);
  if (!name) throw new StartupError(`There is no database ${argument}; say ${databaseNames.join(' or ')}.`);
  const settings = readSettings(processEnvironment());
  const address = settings.databases[name] ?? (await locateEmbeddedPostgres(settings.dataDirectory))[name];
  const tables = auditedTables(resources).filter(({ database }) => database === name);
  return { name, ...address, tables };
}
