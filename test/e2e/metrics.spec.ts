import { readFile } from 'node:fs/promises';
import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';
import { Receiver } from '../support/receiver.js';
import { secret } from '../support/sync-fixture.js';

const token = 'metrics-token-of-the-tests';
const bearer = { Authorization: `Bearer ${token}` };

describe('Metrics', () => {
  let receiver: Receiver;
  let service: TestApp;

  beforeAll(async () => {
    receiver = await Receiver.start();
    service = await startApp({ SYNC_URL: receiver.url, SYNC_SECRET: secret, METRICS_TOKEN: token });
  });

  afterAll(async () => {
    await service.close();
    await receiver.down();
  });

  const scrape = async (): Promise<string> =>
    (await fetch(`${service.url}/metrics`, { headers: bearer })).text();

  /** The value of a sample, written as Prometheus writes it; undefined where there is none. */
  async function sample(name: string): Promise<number | undefined> {
    const line = (await scrape()).split('\n').find((text) => text.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length + 1));
  }

  /** A gauge is read anew after some seconds. */
  const untilSample = (name: string, condition: (value: number) => boolean): Promise<void> =>
    until(name, async () => {
      const value = await sample(name);
      return value !== undefined && condition(value);
    });

  it('are shown to who has the token alone', async () => {
    const statusFor = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${service.url}/metrics`, { headers })).status;
    expect(await statusFor(bearer)).toBe(200);
    for (const headers of [
      {},
      { Authorization: 'Bearer no' },
      { Authorization: `Bearer ${token}x` },
      { Authorization: `Bearer ${service.token()}` },
      { Authorization: `Basic ${token}` },
    ])
      expect(await statusFor(headers)).toBe(401);
    expect((await fetch(`${service.url}/metrics`, { method: 'POST', headers: bearer })).status).toBe(405);
  });

  it('say in the text format of Prometheus what every process measures of itself', async () => {
    const response = await fetch(`${service.url}/metrics`, { headers: bearer });
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const text = await response.text();
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^$|^# (HELP|TYPE) \w+ |^\w+(\{[^}]*\})? -?[0-9.e+-]+$/);
    expect(text).toContain('process_cpu_seconds_total ');
    expect(text).toContain('nodejs_eventloop_lag_seconds ');
    expect(text).toContain('hms_info{role="all"} 1');
    expect(text).toMatch(/hms_database_connections\{database="market",pool="sync",state="idle"\} \d/);
  });

  it('count requests by the pattern of their route', async () => {
    const count = (labels: string) => sample(`hms_http_request_duration_seconds_count{${labels}}`);
    for (const id of ['one', 'two']) await service.request('GET', `/api/policies/${id}`);
    await fetch(`${service.url}/api/nothing/here`);
    await until('both are counted', async () =>
      [2, undefined].includes(await count('route="/api/policies/:id",method="GET",status="4xx"')),
    );
    expect(await count('route="/api/policies/:id",method="GET",status="4xx"')).toBe(2);
    expect(await scrape()).toContain('route="unknown",method="GET",status="4xx"');
    expect(await scrape()).not.toContain('nothing/here');
  });

  it('tell of each target what it was sent, what it answered and what it lacks', async () => {
    const target = 'resource="policies",target="environment",target_id="1"';
    receiver.script = ({ version }) => ({ status: version === 1 ? 204 : 422 });
    await service.request('POST', '/api/policies', { body: { id: 'a', title: 'one' } });
    await untilSample(`hms_sync_attempts_total{${target},answer="2xx"}`, (value) => value === 1);
    expect(await sample(`hms_sync_commit_to_acknowledge_seconds_count{${target}}`)).toBe(1);
    expect(await sample(`hms_sync_commit_to_acknowledge_seconds_sum{${target}}`)).toBeLessThan(10);
    await service.request('PUT', '/api/policies/a', { body: { title: 'two' } });
    await untilSample(`hms_sync_attempts_total{${target},answer="4xx"}`, (value) => value >= 1);
    await untilSample(`hms_sync_oldest_undelivered_seconds{${target}}`, (value) => value > 0);
    const sumOf = async (): Promise<number> => {
      const counts = ['due', 'backing-off'].map((state) =>
        sample(`hms_sync_cursors{${target},state="${state}"}`),
      );
      return (await Promise.all(counts)).reduce<number>((sum, count) => sum + (count ?? 0), 0);
    };
    expect(await sumOf()).toBe(1);
    expect(await sample(`hms_sync_breaker_state{${target}}`)).toBe(0);
    receiver.script = () => ({ status: 204 });
    await untilSample(`hms_sync_oldest_undelivered_seconds{${target}}`, (value) => value === 0);
    expect(await sumOf()).toBe(0);
    expect(await sample('hms_sync_claims_total{database="policy"}')).toBeGreaterThan(1);
    expect(await sample('hms_sync_wakeups_total{database="policy",source="signal"}')).toBeGreaterThan(1);
    expect(await sample('hms_sync_idle_seconds{database="market"}')).toBeLessThan(10);
  });

  it('show neither the address nor the secret of a target, nor an agency', async () => {
    const text = await scrape();
    expect(text).not.toContain(new URL(receiver.url).host);
    expect(text).not.toContain('whsec');
    expect(text).not.toContain('hhs');
  });

  it('show a transaction of another login that stays open', async () => {
    const pool = superuserPool(service.databases.names.market);
    const client = await pool.connect();
    await client.query('BEGIN');
    await untilSample('hms_database_oldest_transaction_seconds{database="market"}', (value) => value > 1);
    await client.query('ROLLBACK');
    client.release();
    await pool.end();
    await untilSample('hms_database_oldest_transaction_seconds{database="market"}', (value) => value < 1);
    expect(await sample('hms_database_oldest_transaction_seconds{database="policy"}')).toBeLessThan(1);
  });

  it('show that the clock of the process is not that of the database', async () => {
    const skew = 'hms_clock_skew_seconds{database="policy"}';
    expect(Math.abs((await sample(skew)) ?? Number.NaN)).toBeLessThan(1);
    const now = Date.now;
    Date.now = () => now() - 600_000;
    try {
      await untilSample(skew, (value) => Math.abs(value + 600) < 1);
    } finally {
      Date.now = now;
    }
  });

  it('include all that the alarm rules and the manual name', async () => {
    const text = await scrape();
    const families = new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
    const named = (
      await Promise.all(
        ['deploy/prometheus-rules.yaml', 'docs/operations.md'].map((file) => readFile(file, 'utf8')),
      )
    )
      .flatMap((file) => file.match(/\b(?:hms|nodejs|process)_[a-z0-9_]+/g) ?? [])
      .filter((name) => !['hms_app', 'hms_owner'].includes(name))
      .map((name) => name.replace(/_(bucket|sum|count)$/, ''));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !families.has(name))).toEqual([]);
    const ours = [...families].filter((name) => name?.startsWith('hms_'));
    expect(ours.filter((name) => !named.includes(name ?? ''))).toEqual([]);
  });

  it('come within seconds from a process one of whose databases is gone, and say so', async () => {
    const superuser = superuserPool('postgres');
    await superuser.query(`DROP DATABASE ${service.databases.names.market} WITH (FORCE)`);
    await superuser.end();
    await until('it is noticed', async () => {
      const start = performance.now();
      const up = await sample('hms_database_up{database="market"}');
      expect(performance.now() - start).toBeLessThan(5_000);
      return up === 0;
    });
    const text = await scrape();
    expect(text).toContain('hms_database_up{database="policy"} 1');
    expect(text).toContain('hms_sync_breaker_state{resource="policies"');
    expect(text).not.toContain('hms_sync_breaker_state{resource="items"');
  });
});
