import { DataSource } from 'typeorm';
import { databaseContents } from './src/app.module.js';
import { processEnvironment } from './src/platform/config/process-environment.js';
import { readSettings } from './src/platform/config/read-settings.js';
import { databaseNames } from './src/platform/config/settings.js';
import { commonOptions } from './src/platform/database/data-source.js';
import { locateEmbeddedPostgres } from './src/platform/database/embedded/embedded-postgres.js';

/**
 * The data source of the TypeORM command line, on the owner's login: `npm run typeorm -- migration:show`.
 * `ORM_DATABASE` chooses the database, `policy` (unless given) or `market`; the embedded one must be running.
 */
async function openDataSource(): Promise<DataSource> {
  const wanted = process.env['ORM_DATABASE'] ?? 'policy';
  const name = databaseNames.find((candidate) => candidate === wanted);
  if (!name) throw new Error(`ORM_DATABASE must be ${databaseNames.join(' or ')}, not ${wanted}.`);
  const settings = readSettings(processEnvironment());
  const address = settings.databases[name] ?? (await locateEmbeddedPostgres(settings.dataDirectory))[name];
  const { entities, migrations } = databaseContents[name];
  return new DataSource({ ...commonOptions(address.migrationUrl, entities), migrations: [...migrations] });
}

export default await openDataSource();
