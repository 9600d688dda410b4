import { Client } from 'pg';
import { rebaseLog } from '../platform/audit/integrity/rebase-log.js';
import { SubtreeFile } from '../platform/audit/integrity/subtree-file.js';
import { processEnvironment } from '../platform/config/process-environment.js';
import { readSettings } from '../platform/config/read-settings.js';
import { type DatabaseName, databaseNames } from '../platform/config/settings.js';
import { StartupError } from '../platform/config/startup.error.js';
import { startEmbeddedPostgres } from '../platform/database/embedded/embedded-postgres.js';

/**
 * Makes logs that were restored from a dump fit the transaction counter of their server, on the owner's login and
 * while no service runs: `npm run -s audit:rebase`. It starts the embedded server itself, as the service refuses
 * to start on such a log.
 */
async function rebase(): Promise<void> {
  const { audit, databases, dataDirectory } = readSettings(processEnvironment());
  const external = databaseNames.every((name) => databases[name]);
  const embedded = external ? undefined : await startEmbeddedPostgres(dataDirectory);
  try {
    for (const name of databaseNames) {
      const url = (databases[name] ?? embedded?.addresses[name])?.migrationUrl;
      if (url) await rebaseDatabase(name, url, audit.directory);
    }
  } finally {
    await embedded?.stop();
  }
}

async function rebaseDatabase(name: DatabaseName, migrationUrl: string, directory: string): Promise<void> {
  const client = new Client({ connectionString: migrationUrl, application_name: 'hms-rebase' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const moved = await rebaseLog(client);
    if (moved === undefined) {
      console.log(`${name}: nothing to do.`);
      return;
    }
    // It names places in the log.
    await new SubtreeFile(directory, name).remove();
    console.log(`${name}: ${moved} entries have new places, in the order that they had.`);
  } finally {
    await client.end();
  }
}

try {
  await rebase();
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
