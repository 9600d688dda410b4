import { Client, escapeIdentifier } from 'pg';
import { databaseNames } from '../../config/settings.js';
import type { EmbeddedFolder } from './embedded-folder.js';

/**
 * Sees to it that the logins and databases of the service exist with the rights they should have. May run
 * on every start.
 */
export async function provision(folder: EmbeddedFolder, port: number): Promise<void> {
  await withClient(folder.url('postgres', port, 'postgres'), async (client) => {
    await ensureLogin(client, 'hms_owner', folder.passwords.hms_owner);
    await ensureLogin(client, 'hms_app', folder.passwords.hms_app);
    // Otherwise every login could make temporary tables in the server's own databases.
    await client.query('REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC');
    for (const database of databaseNames) {
      const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(database)}`);
      await grantDatabase(client, database);
    }
  });
  for (const database of databaseNames)
    await withClient(folder.url('postgres', port, database), async (client) => {
      await client.query('REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO hms_app');
    });
}

/**
 * Gives a database to the owner's login, and to the application's login the right to connect and nothing
 * more: no schemas, no temporary tables. A clone of a database does not inherit these rights.
 */
export async function grantDatabase(client: Pick<Client, 'query'>, database: string): Promise<void> {
  const name = escapeIdentifier(database);
  await client.query(
    `ALTER DATABASE ${name} OWNER TO hms_owner;
     REVOKE ALL ON DATABASE ${name} FROM PUBLIC;
     GRANT CONNECT ON DATABASE ${name} TO hms_app`,
  );
}

async function ensureLogin(client: Client, login: string, password: string): Promise<void> {
  const name = escapeIdentifier(login);
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [login]);
  if (rowCount === 0) await client.query(`CREATE ROLE ${name}`);
  await client.query(
    `ALTER ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${client.escapeLiteral(password)}`,
  );
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
