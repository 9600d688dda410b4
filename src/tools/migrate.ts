import { migrateAll } from '../migrate.js';
import { processEnvironment } from '../platform/config/process-environment.js';
import { readSettings } from '../platform/config/read-settings.js';
import { StartupError } from '../platform/config/startup.error.js';
import { makeApplicationLogin } from '../platform/database/application-role.js';
import { checkDatabases } from '../platform/database/preflight.js';

/** Brings the databases that the environment names up to date: `npm run migrate`. */
async function migrate(): Promise<void> {
  const { policy, market } = readSettings(processEnvironment()).databases;
  if (!policy || !market)
    throw new StartupError(
      'Set POLICY_DATABASE_URL and MARKET_DATABASE_URL; an embedded database is migrated when the service starts.',
    );
  for (const [name, address] of [
    ['policy', policy],
    ['market', market],
  ] as const) {
    const login = await makeApplicationLogin(name, address);
    if (login !== undefined) console.log(`Made the login "${login}".`);
  }
  await checkDatabases({ policy, market }, { info: console.log, warn: console.warn });
  const applied = await migrateAll({ policy, market });
  console.log(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'Both databases are up to date.');
}

try {
  await migrate();
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
