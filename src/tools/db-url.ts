import { processEnvironment } from '../platform/config/process-environment.js';
import { readSettings } from '../platform/config/read-settings.js';
import { databaseNames } from '../platform/config/settings.js';
import { StartupError } from '../platform/config/startup.error.js';
import { urlVariable } from '../platform/database/database-label.js';
import { locateEmbeddedPostgres } from '../platform/database/embedded/embedded-postgres.js';

/** Prints the owner's URL of an embedded database, for psql: `psql "$(npm run -s db:url -- policy)"`. */
async function printUrl(argument: string | undefined): Promise<void> {
  const name = databaseNames.find((candidate) => candidate === argument);
  if (!name) throw new StartupError(`Say which database: npm run -s db:url -- ${databaseNames.join('|')}`);
  const settings = readSettings(processEnvironment());
  if (settings.databases[name])
    throw new StartupError(
      `The ${name} database is not the embedded one: ${urlVariable(name, 'application')} is set; connect with the URL there.`,
    );
  console.log((await locateEmbeddedPostgres(settings.dataDirectory))[name].migrationUrl);
}

try {
  await printUrl(process.argv[2]);
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
