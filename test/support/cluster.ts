import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import {
  type DatabaseAddress,
  type DatabaseName,
  databaseNames,
} from '../../src/platform/config/settings.js';
import type { DatabaseAddresses } from '../../src/platform/database/database-addresses.js';
import { grantDatabase } from '../../src/platform/database/embedded/provision.js';

/** The environment variable through which the test files of a worker know its server. */
export const serverVariable = (worker: number | string): string => `HMS_TEST_SERVER_${worker}`;

/** The migrated database that test databases are clones of. */
export const templateOf = (name: DatabaseName): string => `${name}_template`;

/** A pair of migrated databases of one test file's own. */
export interface TestDatabases {
  readonly addresses: DatabaseAddresses;
  /** Their names on the server. */
  readonly names: Readonly<Record<DatabaseName, string>>;
  /** Removes them, ending whatever sessions are left in them. */
  drop(): Promise<void>;
}

/** Clones both templates under new names. Takes about a third of a second. */
export async function createDatabases(): Promise<TestDatabases> {
  const suffix = randomBytes(6).toString('hex');
  const names = { policy: `policy_${suffix}`, market: `market_${suffix}` };
  await asSuperuser(async (client) => {
    for (const name of databaseNames) {
      await client.query(`CREATE DATABASE ${names[name]} TEMPLATE ${templateOf(name)} STRATEGY file_copy`);
      await grantDatabase(client, names[name]);
    }
  });
  return {
    names,
    addresses: { policy: addressOf(names.policy), market: addressOf(names.market) },
    drop: () =>
      asSuperuser(async (client) => {
        for (const name of databaseNames)
          await client.query(`DROP DATABASE IF EXISTS ${names[name]} WITH (FORCE)`);
      }),
  };
}

/** A small pool of superuser sessions in a database, for a look behind the scenes. The caller ends it. */
export function superuserPool(database: string): Pool {
  const pool = new Pool({ connectionString: inDatabase(cluster().superuserUrl, database), max: 4 });
  // Dropping the database ends its sessions.
  pool.on('error', () => undefined);
  return pool;
}

/** The two logins' addresses of a database on this worker’s server. */
export function addressOf(database: string): DatabaseAddress {
  const { url, migrationUrl } = cluster();
  return { url: inDatabase(url, database), migrationUrl: inDatabase(migrationUrl, database) };
}

async function asSuperuser(work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: cluster().superuserUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** The server's URLs, in some database of it. */
function cluster(): { superuserUrl: string; url: string; migrationUrl: string } {
  const variable = serverVariable(process.env['JEST_WORKER_ID'] ?? 1);
  const [superuserUrl, url, migrationUrl] = process.env[variable]?.split(' ') ?? [];
  if (!superuserUrl || !url || !migrationUrl)
    throw new Error('No test server runs for this worker; jest starts it in test/support/global-setup.js.');
  return { superuserUrl, url, migrationUrl };
}

function inDatabase(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href;
}
