import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import { createApp } from '../../src/app.js';
import { migrateAll } from '../../src/migrate.js';
import { readSettings } from '../../src/platform/config/read-settings.js';
import type { DatabaseAddress } from '../../src/platform/config/settings.js';
import { makeApplicationLogin } from '../../src/platform/database/application-role.js';
import { createLogger } from '../../src/platform/http/logging/logger.js';
import { createDatabases, superuserPool, type TestDatabases } from '../support/cluster.js';

describe('The logins of the service', () => {
  const second = `hms_second_${randomBytes(4).toString('hex')}`;
  let databases: TestDatabases;
  let superuser: Pool;

  beforeAll(async () => {
    databases = await createDatabases();
    superuser = superuserPool(databases.names.policy);
    await superuser.query(`CREATE ROLE ${second} LOGIN PASSWORD 'second'`);
    await superuser.query(`GRANT CONNECT ON DATABASE ${databases.names.policy} TO ${second}`);
  });

  afterAll(async () => {
    await superuser.query(`DROP OWNED BY ${second}; DROP ROLE ${second}`);
    await superuser.end();
    await databases.drop();
  });

  const migrate = (policy: DatabaseAddress) =>
    migrateAll({ policy, market: databases.addresses.market }, ['policy']);

  it('keep their place when another one is migrated for, as long as they exist', async () => {
    const { policy } = databases.addresses;
    const url = Object.assign(new URL(policy.url), { username: second, password: 'second' }).href;
    await migrate({ ...policy, url });
    for (const login of [policy.url, url]) {
      const client = new Client({ connectionString: login });
      await client.connect();
      const write = client.query(
        `INSERT INTO policies (agency, id, title) VALUES ('hhs', 'forged', 'A title')`,
      );
      await expect(write).rejects.toMatchObject({ code: 'HM003' });
      await client.end();
    }
    const { rows } = await superuser.query<{ logins: string[] }>(
      'SELECT hms.application_logins()::text[] AS logins',
    );
    expect(rows[0]?.logins).toEqual(['hms_app', second]);
  });

  it('may not make temporary tables after a migration, whatever the database gave to everybody', async () => {
    await superuser.query(`GRANT TEMPORARY ON DATABASE ${databases.names.policy} TO PUBLIC`);
    await migrate(databases.addresses.policy);
    const application = new Pool({ connectionString: databases.addresses.policy.url, max: 1 });
    await expect(application.query('CREATE TEMP TABLE t ()')).rejects.toMatchObject({ code: '42501' });
    await application.end();
  });

  it('are the only ones that the service starts with', async () => {
    const { policy, market } = databases.addresses;
    const starting = createApp({
      settings: readSettings({ NODE_ENV: 'test', LOG_LEVEL: 'silent' }),
      addresses: { policy, market: { ...market, url: market.migrationUrl } },
      logger: createLogger({ level: 'silent' }),
    }).then((app) => app.init());
    await expect(starting).rejects.toThrow(
      'MarketDB does not know the login "hms_owner" as the service\'s: run npm run migrate with this MARKET_DATABASE_URL.',
    );
  });

  describe('that do not exist yet', () => {
    const maker = `hms_maker_${randomBytes(4).toString('hex')}`;
    const fresh = `hms_fresh_${randomBytes(4).toString('hex')}`;
    const addressOf = (owner: string, password: string): DatabaseAddress => {
      const { policy } = databases.addresses;
      const as = (username: string, secret: string, from: string) =>
        Object.assign(new URL(from), { username, password: secret }).href;
      return {
        url: as(fresh, 'fr%2Fesh', policy.url),
        migrationUrl: owner === '' ? policy.migrationUrl : as(owner, password, policy.migrationUrl),
      };
    };

    beforeAll(async () => {
      await superuser.query(`CREATE ROLE ${maker} LOGIN CREATEROLE PASSWORD 'maker'`);
      await superuser.query(`GRANT hms_owner TO ${maker}`);
    });

    afterAll(async () => {
      await superuser.query(
        `DROP OWNED BY ${fresh}; DROP ROLE ${fresh}; DROP OWNED BY ${maker}; DROP ROLE ${maker}`,
      );
    });

    it('are asked of a superuser where the owner may not make roles', async () => {
      const refused = makeApplicationLogin('policy', addressOf('', ''));
      await expect(refused).rejects.toThrow(
        `PolicyDB has no login "${fresh}" of POLICY_DATABASE_URL, and "hms_owner" may not make one.`,
      );
    });

    it('are made where the owner may, with the right to connect and no other, and the password of the URL', async () => {
      const address = addressOf(maker, 'maker');
      expect(await makeApplicationLogin('policy', address)).toBe(fresh);
      expect(await makeApplicationLogin('policy', address)).toBeUndefined();
      await superuser.query(`REVOKE CONNECT ON DATABASE ${databases.names.policy} FROM ${fresh}`);
      expect(await makeApplicationLogin('policy', address)).toBeUndefined();
      const { rows } = await superuser.query(
        'SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = $1',
        [fresh],
      );
      expect(Object.values(rows[0] as object)).toEqual([false, false, false, false]);
      const client = new Client({ connectionString: address.url });
      await client.connect();
      await expect(client.query('SELECT FROM hms.changes')).rejects.toMatchObject({ code: '42501' });
      await migrate({ ...address, migrationUrl: databases.addresses.policy.migrationUrl });
      await expect(client.query('SELECT FROM hms.changes')).resolves.toMatchObject({ rowCount: 0 });
      await client.end();
      const wrong = new Client({
        connectionString: Object.assign(new URL(address.url), { password: 'x' }).href,
      });
      await expect(wrong.connect()).rejects.toMatchObject({ code: '28P01' });
    });
  });
});
