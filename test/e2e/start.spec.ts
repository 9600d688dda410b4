import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { isPostgresOf } from '../../src/platform/database/embedded/postmaster.js';
import { addressOf, createDatabases, superuserPool, type TestDatabases } from '../support/cluster.js';
import { FaultFixture } from '../support/fault-fixture.js';
import { until } from '../support/gate.js';
import { portOf } from '../support/port-of.js';
import { databaseVariables, ServiceProcess } from '../support/service-process.js';

const execute = promisify(execFile);

describe('The service on a new folder', () => {
  let fixture: FaultFixture;
  let service: ServiceProcess;
  let policy: { id: string; version: number };

  beforeAll(async () => {
    fixture = await FaultFixture.embedded();
    service = await fixture.demoService();
  });

  afterAll(() => fixture.end());

  /** Status of a request with a token of the fixture's. */
  const read = async (id: string): Promise<number> => {
    const headers = { Authorization: `Bearer ${fixture.token('policies:read', 'demo')}` };
    return (await fetch(`${service.url}/api/policies/${id}`, { headers })).status;
  };

  it('prints its address and that of its documentation', async () => {
    expect(service.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const docs = /^API documentation: (\S+)$/m.exec(service.output)?.[1] ?? '';
    const answer = await fetch(docs);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('swagger-ui');
  });

  it('prints a token that is good for reading and writing', async () => {
    const token = /^ {2}(eyJ\S+)$/m.exec(service.output)?.[1];
    const headers = { Authorization: `Bearer ${token}` };
    expect((await fetch(`${service.url}/api/policies`, { headers })).status).toBe(200);
    expect((await fetch(`${service.url}/api/market/items`, { headers })).status).toBe(200);
  });

  it('prints a command that makes a policy, of which the demo external system tells within a second', async () => {
    const command = service.output.slice(service.output.indexOf('  curl ')).split('\n\n')[0] ?? '';
    const { stdout } = await execute('bash', ['-c', command]);
    const made = performance.now();
    policy = JSON.parse(stdout) as typeof policy;
    expect(policy).toMatchObject({ title: 'Winter heating allowance', version: 1 });
    const line = `→ external system received policy ${policy.id} version 1 (created) signature ok\n`;
    await until('the external system tells', () => service.output.includes(line), 1_000);
    expect(performance.now() - made).toBeLessThan(1_000);
  });

  it('refuses to be started a second time, and goes on', async () => {
    expect(await refusal(fixture.variables())).toMatch(
      /^Another HMS service is already running on \S+; stop it, or set DATA_DIR/,
    );
    expect(await read(policy.id)).toBe(200);
  });

  it('makes tokens by npm run token', async () => {
    const { stdout } = await tool('token', ['--agency', 'demo', '--scope', 'policies:read']);
    const headers = { Authorization: `Bearer ${stdout.trim()}` };
    expect((await fetch(`${service.url}/api/policies/${policy.id}`, { headers })).status).toBe(200);
    expect((await fetch(`${service.url}/api/market/items`, { headers })).status).toBe(403);
  });

  it('tells by npm run db:url where a database is', async () => {
    const client = new Client({ connectionString: (await tool('db-url', ['policy'])).stdout.trim() });
    await client.connect();
    const { rows } = await client.query('SELECT id FROM policies');
    await client.end();
    expect(rows).toEqual([{ id: policy.id }]);
  });

  it('stops on Ctrl-C with its database, and has its data at the next start', async () => {
    const server = await fixture.postmaster();
    expect(server).toBeGreaterThan(1);
    const stopped = service.interrupt();
    // npm passes on to the service what the terminal sent to both.
    process.kill(service.pid, 'SIGINT');
    expect(await stopped).toEqual({ code: 0, signal: null });
    expect(service.errors).toBe('');
    expect(await isPostgresOf(server ?? 0, fixture.serverData)).toBe(false);
    service = await fixture.demoService();
    expect(await read(policy.id)).toBe(200);
  });

  it('adopts after a kill the database that lives on, and sends the new target every record', async () => {
    const { receiver } = fixture;
    const server = await fixture.postmaster();
    expect(await service.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    const client = await fixture.ownerSession();
    // A change that the demo external system, which is gone, will never get.
    await client.query("INSERT INTO policies (agency, id, title) VALUES ('demo', 'waiting', 'Waiting')");
    service = await fixture.service();
    expect(await fixture.postmaster()).toBe(server);
    await fixture.caughtUp();
    expect(await fixture.faults({ newTarget: true })).toEqual([]);
    expect(receiver.received.some(({ resync }) => resync)).toBe(false);
    expect(new Set(receiver.received.map(({ record }) => record))).toEqual(
      new Set([`policies/demo/${policy.id}`, 'policies/demo/waiting']),
    );
    expect(receiver.received).toHaveLength(2);
    const { rows } = await client.query('SELECT name FROM hms.sync_targets');
    expect(rows).toEqual([{ name: 'environment' }]);
    expect(service.output).not.toContain('demo');
  });

  it('says that the demo external system is not used once there is another target', async () => {
    await service.kill('SIGTERM');
    service = await fixture.demoService();
    await until('it says so', () => service.output.includes('Sync does not use the demo external system'));
    expect(service.output).not.toContain('a demo external system prints here');
  });

  it('leaves no database behind when Ctrl-C comes during its start', async () => {
    await service.kill('SIGTERM');
    service = ServiceProcess.spawn(fixture.variables());
    await until('its database runs', async () => (await fixture.postmaster()) !== undefined);
    const server = await fixture.postmaster();
    expect(service.output).not.toContain('HMS is running');
    expect(await service.interrupt()).toEqual({ code: 0, signal: null });
    expect(await isPostgresOf(server ?? 0, fixture.serverData)).toBe(false);
    expect(await fixture.postmaster()).toBeUndefined();
  });

  function tool(name: string, args: string[]): Promise<{ stdout: string }> {
    return execute(process.execPath, [`dist/tools/${name}.js`, ...args], {
      env: { PATH: process.env['PATH'], DATA_DIR: fixture.directory },
    });
  }
});

describe('The service does not start, and says why in one sentence,', () => {
  let databases: TestDatabases;

  beforeAll(async () => {
    databases = await createDatabases();
  });

  afterAll(() => databases.drop());

  const attempt = (variables: Record<string, string>) =>
    refusal({ ...databaseVariables(databases.addresses), ...variables });
  const changed = (url: string, parts: Partial<URL>): string => Object.assign(new URL(url), parts).href;

  it('when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = portOf(other);
    expect(await attempt({ PORT: String(port) })).toMatch(
      new RegExp(`^Port ${port} of 127\\.0\\.0\\.1 is taken; stop the program that uses it, or set PORT`),
    );
    other.close();
  });

  it('when PORT is no port', async () => {
    expect(await attempt({ PORT: '99999' })).toMatch(/^Bad environment: PORT must be a whole number/);
  });

  it('when HOST is no address of this machine', async () => {
    expect(await attempt({ HOST: '203.0.113.7' })).toMatch(
      /^HOST=203\.0\.113\.7 is no address of this machine/,
    );
  });

  it('when the password of a database is wrong', async () => {
    const url = changed(databases.addresses.policy.url, { password: 'wr0ng-secret' });
    expect(await attempt({ POLICY_DATABASE_URL: url })).toMatch(
      /^PolicyDB: .* refuses the login "hms_app" .*Correct the user or password/,
    );
  });

  it('when a database lacks migrations', async () => {
    const name = `empty_${process.pid}`;
    const superuser = superuserPool('postgres');
    try {
      await superuser.query(`CREATE DATABASE ${name} OWNER hms_owner`);
      const { url, migrationUrl } = addressOf(name);
      expect(await attempt({ POLICY_DATABASE_URL: url, POLICY_MIGRATION_URL: migrationUrl })).toMatch(
        /^PolicyDB lacks \d+ migrations \(.*\): run npm run migrate first\.$/,
      );
    } finally {
      await superuser.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await superuser.end();
    }
  });

  it('when another instance on the same databases has another SYNC_URL', async () => {
    const SYNC_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const service = await ServiceProcess.start({
      ...databaseVariables(databases.addresses),
      SYNC_URL: 'http://127.0.0.1:9/{resource}',
      SYNC_SECRET,
    });
    try {
      expect(await attempt({ SYNC_URL: 'http://127.0.0.1:9/other', SYNC_SECRET })).toMatch(
        /^Another instance that runs on the same database has another SYNC_URL or SYNC_SECRET/,
      );
    } finally {
      await service.kill('SIGTERM');
    }
  });
});

/** Starts the service, which must end with one line for its operator and tell no secret; returns that line. */
async function refusal(variables: Record<string, string>): Promise<string> {
  const { code, errors, output } = await ServiceProcess.run(variables);
  expect(code).toBe(1);
  expect(errors).toMatch(/^[^\n]+\.\n$/);
  expect(output).not.toMatch(/^\s+at |"stack"/m);
  for (const { password } of [
    ...Object.values(variables),
    addressOf('any').url,
    addressOf('any').migrationUrl,
  ]
    .filter((value) => value.startsWith('postgres:'))
    .map((url) => new URL(url)))
    expect(errors + output).not.toContain(password);
  return errors.trimEnd();
}
