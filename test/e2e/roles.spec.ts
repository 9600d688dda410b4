import { Pool } from 'pg';
import type { DatabaseName } from '../../src/platform/config/settings.js';
import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';
import { Receiver } from '../support/receiver.js';
import { secret } from '../support/sync-fixture.js';

const insertions: Readonly<Record<DatabaseName, string>> = {
  policy: "INSERT INTO policies (agency, id, title) VALUES ('hhs', $1, 'new')",
  market: `INSERT INTO market_items (agency, id, name, provider, category)
    VALUES ('hhs', $1, 'new', '{"name":"any"}', 'any')`,
};

let receiver: Receiver;
let service: TestApp;

async function start(role: string): Promise<void> {
  receiver = await Receiver.start();
  service = await startApp({ ROLE: role, SYNC_URL: receiver.url, SYNC_SECRET: secret });
}

afterEach(async () => {
  await service.close();
  await receiver.down();
});

/** Milliseconds from the commit of each of some changes, of which nobody tells the service, to its arrival. */
async function delays(database: DatabaseName, prefix: string, count: number): Promise<number[]> {
  const owner = new Pool({ connectionString: service.databases.addresses[database].migrationUrl, max: 1 });
  const arrivals = new Map<string, number>();
  receiver.script = ({ record }) => {
    arrivals.set(record.split('/').at(-1) ?? '', performance.now());
    return { status: 204 };
  };
  const results: number[] = [];
  for (let n = 0; n < count; n += 1) {
    await owner.query(insertions[database], [`${prefix}${n}`]);
    const committed = performance.now();
    await until(`${prefix}${n} arrives`, () => arrivals.has(`${prefix}${n}`));
    results.push((arrivals.get(`${prefix}${n}`) ?? 0) - committed);
  }
  await owner.end();
  return results.toSorted((one, other) => one - other);
}

/** The median and the 99th percentile of delays in ascending order, in milliseconds. */
const summary = (sorted: readonly number[]): { median: number; p99: number } => ({
  median: sorted[Math.ceil(sorted.length * 0.5) - 1] ?? Number.NaN,
  p99: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN,
});

describe('A process with the role dispatcher', () => {
  beforeEach(() => start('dispatcher'));

  it('serves nothing but its health and metrics', async () => {
    const routes = service.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
    expect(routes.match(/\/\S+/g)).toEqual(['/health/live', '/health/ready', '/metrics']);
    for (const path of ['/api/policies', '/api/docs', '/api/openapi.json', '/api/audit/entries'])
      expect((await service.request('GET', path)).status).toBe(404);
    expect(await (await fetch(`${service.url}/health/live`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    expect(await (await fetch(`${service.url}/metrics`)).text()).toContain('hms_info{role="dispatcher"} 1');
  });

  it('finds within moments what it is not told of, in both databases', async () => {
    const found = [...(await delays('policy', 'p', 20)), ...(await delays('market', 'm', 20))];
    const median = found.toSorted((a, b) => a - b)[20] ?? 0;
    const longest = Math.max(...found);
    console.log(`From commit to arrival: median ${Math.round(median)} ms, longest ${Math.round(longest)} ms`);
    expect(median).toBeLessThan(150);
    expect(longest).toBeLessThan(1_000);
  });

  it('delivers from one database as fast as ever while the other is down', async () => {
    const before = await delays('market', 'before', 100);
    const superuser = superuserPool('postgres');
    const { policy } = service.databases.names;
    await superuser.query(`ALTER DATABASE ${policy} ALLOW_CONNECTIONS false`);
    await superuser.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
      policy,
    ]);
    await until(
      'the outage is noticed',
      async () => (await fetch(`${service.url}/health/ready`)).status === 503,
    );
    const during = await delays('market', 'during', 100);
    // Else they would be delays while both databases are there.
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    await superuser.query(`ALTER DATABASE ${policy} ALLOW_CONNECTIONS true`);
    await superuser.end();
    const back = await delays('policy', 'back', 1);
    const [usual, now] = [summary(before), summary(during)];
    const told = ({ median, p99 }: typeof usual): string => `${Math.round(median)} and ${Math.round(p99)} ms`;
    console.log(`From commit to arrival, median and p99: ${told(usual)} before, ${told(now)} during`);
    // A noisy machine gives as much as that, even a poll or two that are late; to wait for a database does not.
    expect(now.median).toBeLessThan(3 * usual.median + 100);
    expect(now.p99).toBeLessThan(3 * usual.p99 + 100);
    expect(back[0]).toBeLessThan(8_000);
  });
});

describe('A process with the role api', () => {
  beforeEach(() => start('api'));

  it('answers requests, delivers nothing, and leaves the targets to those who do', async () => {
    const made = await service.request('POST', '/api/policies', { body: { id: 'a', title: 'one' } });
    expect(made.status).toBe(201);
    expect(await (await fetch(`${service.url}/health/live`)).json()).toEqual({ status: 'ok' });
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toContain('hms_info{role="api"} 1');
    expect(metrics).not.toContain('hms_sync_idle_seconds{');
    const database = superuserPool(service.databases.names.policy);
    const { rowCount } = await database.query('SELECT FROM hms.sync_targets');
    const sessions = await database.query(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'hms-sync'",
    );
    await database.end();
    expect([rowCount, sessions.rowCount]).toEqual([0, 0]);
    expect(receiver.received).toEqual([]);
  });

  it('says of a test that it sends nothing, and takes neither its key nor its target for the reason', async () => {
    const request = (path: string, body?: object) =>
      service.request('POST', `/api/sync/policies/targets${path}`, {
        scopes: ['sync:admin'],
        ...(body && { body }),
      });
    const { body } = await request('', { name: 'mine', url: receiver.url.replace('{resource}', 'policies') });
    const refused = await request(`/${String(body['id'])}/test`);
    expect([refused.status, refused.body['code']]).toEqual([503, 'not-delivering']);
    expect((await request('/999/test')).status).toBe(404);
    expect(receiver.received).toEqual([]);
  });
});
