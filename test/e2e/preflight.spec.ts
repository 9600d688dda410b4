import { Client } from 'pg';
import type { DatabaseAddresses } from '../../src/platform/database/database-addresses.js';
import { checkDatabases } from '../../src/platform/database/preflight.js';
import { addressOf, createDatabases, superuserPool, type TestDatabases } from '../support/cluster.js';

let databases: TestDatabases;
let warnings: string[];
const log = { info: () => undefined, warn: (message: string) => void warnings.push(message) };

beforeAll(async () => {
  databases = await createDatabases();
});

afterAll(async () => {
  await databases.drop();
});

beforeEach(() => {
  warnings = [];
});

describe('The checks before the start', () => {
  it('accept two databases with two logins each, without a warning', async () => {
    await checkDatabases(databases.addresses, log);
    expect(warnings).toEqual([]);
  });

  it('name the place where nothing listens', async () => {
    const url = changed(databases.addresses.policy.url, { port: '1' });
    await expect(check({ policy: { url, migrationUrl: url } })).rejects.toThrow(
      'PolicyDB: no connection to 127.0.0.1:1 (connect ECONNREFUSED 127.0.0.1:1). Start that PostgreSQL, or correct POLICY_DATABASE_URL.',
    );
  });

  it('name a host that does not exist', async () => {
    const migrationUrl = changed(databases.addresses.market.url, { hostname: 'nowhere.invalid' });
    await expect(check({ market: { ...databases.addresses.market, migrationUrl } })).rejects.toThrow(
      /^MarketDB: no connection to nowhere\.invalid:\d+ \(.*\)\. Start that PostgreSQL, or correct MARKET_MIGRATION_URL\.$/,
    );
  });

  it('tell a wrong password without repeating it', async () => {
    const url = changed(databases.addresses.policy.url, { password: 'wr0ng-secret' });
    const problem = await problemOf({ policy: { ...databases.addresses.policy, url } });
    expect(problem).toMatch(/^PolicyDB: .* refuses the login "hms_app" .*\. Correct .* POLICY_DATABASE_URL/);
    expect(problem).not.toContain('wr0ng-secret');
  });

  it('name a database that does not exist', async () => {
    await expect(check({ market: addressOf('no_such_database') })).rejects.toThrow(
      /^MarketDB: 127\.0\.0\.1:\d+ has no database "no_such_database"\. Create it, or correct MARKET_DATABASE_URL\.$/,
    );
  });

  it('name a login that may not connect, and the grant it needs', async () => {
    const url = changed(databases.addresses.policy.url, { pathname: '/postgres' });
    await expect(check({ policy: { url, migrationUrl: url } })).rejects.toThrow(
      /GRANT CONNECT ON DATABASE "postgres" TO "hms_app"\.$/,
    );
  });

  it('refuse one database for both, even by two names of its host', async () => {
    const { url } = databases.addresses.policy;
    const market = {
      url: changed(url, { hostname: 'localhost' }),
      migrationUrl: changed(url, { hostname: 'localhost' }),
    };
    await expect(check({ market })).rejects.toThrow(
      `POLICY_DATABASE_URL and MARKET_DATABASE_URL both lead to the database "${databases.names.policy}"; give each its own database.`,
    );
  });

  it('refuse a migration login that leads to another database', async () => {
    const { migrationUrl } = databases.addresses.market;
    await expect(check({ policy: { url: databases.addresses.policy.url, migrationUrl } })).rejects.toThrow(
      /^POLICY_MIGRATION_URL and POLICY_DATABASE_URL lead to different databases/,
    );
  });

  it('refuse a text that is no URL', async () => {
    const url = 'postgres://app:secret@[/policy';
    const problem = await problemOf({ policy: { url, migrationUrl: url } });
    expect(problem).toMatch(/^POLICY_DATABASE_URL is no connection URL/);
    expect(problem).not.toContain('secret');
  });

  it('warn when the owner of the database serves as the application', async () => {
    const { migrationUrl } = databases.addresses.policy;
    await check({ policy: { url: migrationUrl, migrationUrl } });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^PolicyDB: .*"hms_owner" owns the database, .*POLICY_MIGRATION_URL the login of the owner\.$/,
      ),
    ]);
  });

  it('warn when the application may create tables, and so owns them', async () => {
    const pool = superuserPool(databases.names.market);
    try {
      await pool.query('GRANT CREATE ON SCHEMA public TO hms_app');
      await check({});
      await pool.query('REVOKE CREATE ON SCHEMA public FROM hms_app');
      await pool.query('CREATE TABLE mine (); ALTER TABLE mine OWNER TO hms_app');
      await check({});
      await pool.query('DROP TABLE mine');
    } finally {
      await pool.end();
    }
    expect(warnings).toEqual([
      expect.stringContaining('may create objects in the schema public'),
      expect.stringContaining('owns tables'),
    ]);
  });

  it('warn when the application may make temporary tables', async () => {
    const pool = superuserPool(databases.names.market);
    try {
      await pool.query(`GRANT TEMPORARY ON DATABASE ${databases.names.market} TO PUBLIC`);
      await check({});
      await pool.query(`REVOKE TEMPORARY ON DATABASE ${databases.names.market} FROM PUBLIC`);
    } finally {
      await pool.end();
    }
    expect(warnings).toEqual([expect.stringContaining('may create temporary tables')]);
  });

  it('leave no session behind', async () => {
    await check({});
    const client = new Client({ connectionString: databases.addresses.policy.migrationUrl });
    await client.connect();
    const { rows } = await client.query(
      'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await client.end();
    expect(rows).toEqual([]);
  });
});

function check(addresses: Partial<DatabaseAddresses>): Promise<void> {
  const { policy, market } = databases.addresses;
  return checkDatabases({ policy, market, ...addresses }, log);
}

async function problemOf(addresses: Partial<DatabaseAddresses>): Promise<string> {
  return check(addresses).then(
    () => 'no problem',
    (error: unknown) => String(error).replace('StartupError: ', ''),
  );
}

function changed(url: string, parts: Partial<URL>): string {
  return Object.assign(new URL(url), parts).href;
}
