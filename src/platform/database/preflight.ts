import { randomInt } from 'node:crypto';
import { Client } from 'pg';
import { type DatabaseName, databaseNames } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { connectionProblem, type DatabaseUrl } from './connection-problem.js';
import type { DatabaseAddresses } from './database-addresses.js';
import { databaseLabels, urlVariable } from './database-label.js';
import type { StartupLog } from './startup-log.js';

/** Connections of the checks, by the variable that each belongs to. */
type Connections = Record<DatabaseName, { application: Client; migration: Client | undefined }>;

const oldestVersion = 15;

/**
 * Checks, before anything else of the service starts, that both databases can be reached with each login, are
 * new enough and are two. Warns where the application's login could undo what the change log records.
 *
 * @throws {StartupError} about the first thing that is wrong, with the remedy
 */
export async function checkDatabases(addresses: DatabaseAddresses, log: StartupLog): Promise<void> {
  const opened: Client[] = [];
  const open = async (url: DatabaseUrl): Promise<Client> => {
    const client = await connect(url);
    opened.push(client);
    await checkVersion(client, url);
    return client;
  };
  try {
    const connections: Connections = {
      policy: await openBoth('policy', addresses, open),
      market: await openBoth('market', addresses, open),
    };
    await checkDistinct(connections);
    for (const name of databaseNames) await warnOfPowers(name, connections[name].application, log);
  } finally {
    await Promise.all(opened.map((client) => client.end()));
  }
}

async function openBoth(
  name: DatabaseName,
  addresses: DatabaseAddresses,
  open: (url: DatabaseUrl) => Promise<Client>,
): Promise<Connections[DatabaseName]> {
  const { url, migrationUrl } = addresses[name];
  const application = await open({ name, url, login: 'application' });
  const migration =
    migrationUrl === url ? undefined : await open({ name, url: migrationUrl, login: 'migration' });
  return { application, migration };
}

async function connect(url: DatabaseUrl): Promise<Client> {
  try {
    const client = new Client({
      connectionString: url.url,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 5_000,
    });
    // A server that goes away between two checks shows in the next query.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  } catch (error) {
    throw connectionProblem(url, error);
  }
}

async function checkVersion(client: Client, { name, login }: DatabaseUrl): Promise<void> {
  const { rows } = await client.query<{ number: number; version: string }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version`,
  );
  const [server] = rows;
  if (server && server.number >= oldestVersion * 10_000) return;
  throw new StartupError(
    `${databaseLabels[name]} runs PostgreSQL ${server?.version}; HMS needs ${oldestVersion} or newer. Upgrade it, or ` +
      `set ${urlVariable(name, login)} to a newer server.`,
  );
}

async function checkDistinct(connections: Connections): Promise<void> {
  const { policy, market } = connections;
  if (await sameDatabase(policy.application, market.application))
    throw new StartupError(
      `POLICY_DATABASE_URL and MARKET_DATABASE_URL both lead to the database "${policy.application.database}"; ` +
        'give each its own database.',
    );
  for (const name of databaseNames) {
    const { application, migration } = connections[name];
    if (migration && !(await sameDatabase(application, migration)))
      throw new StartupError(
        `${urlVariable(name, 'migration')} and ${urlVariable(name, 'application')} lead to different databases; ` +
          'give one database with two logins.',
      );
  }
}

/**
 * Whether two sessions are in one database, by whatever names they reached it: advisory locks are kept by
 * database, so a lock taken in one can be taken in the other unless it is the same.
 */
async function sameDatabase(one: Client, other: Client): Promise<boolean> {
  const key = randomInt(2 ** 47);
  await one.query('SELECT pg_advisory_lock($1)', [key]);
  try {
    const { rows } = await other.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1) AS free', [key]);
    return rows[0]?.free === false;
  } finally {
    await one.query('SELECT pg_advisory_unlock($1)', [key]);
  }
}

/** The rights by which a login could switch off the triggers of the change log, or stand in for its tables. */
const powers = `
  SELECT CASE
    WHEN (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN 'is a superuser'
    WHEN (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()) THEN 'owns the database'
    WHEN EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'USAGE'))
      THEN 'owns tables'
    WHEN has_schema_privilege('public', 'CREATE') THEN 'may create objects in the schema public'
    WHEN has_database_privilege(current_database(), 'TEMPORARY') THEN 'may create temporary tables'
  END AS power`;

async function warnOfPowers(name: DatabaseName, application: Client, log: StartupLog): Promise<void> {
  const { rows } = await application.query<{ power: string | null }>(powers);
  const power = rows[0]?.power;
  if (power == null) return;
  log.warn(
    `${databaseLabels[name]}: the application's login "${application.user}" ${power}, so the promise that the change log is ` +
      `append-only cannot hold. Give ${urlVariable(name, 'application')} a login that owns nothing and ` +
      `may create nothing, and ${urlVariable(name, 'migration')} the login of the owner.`,
  );
}
