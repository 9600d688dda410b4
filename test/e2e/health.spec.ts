import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';

describe('Health', () => {
  let service: TestApp;

  beforeEach(async () => {
    service = await startApp({ DATABASE_POOL_SIZE: '1' });
  });

  afterEach(() => service.close());

  const health = async (path: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${service.url}/health/${path}`);
    return { status: response.status, body: await response.json() };
  };

  it('is ready while both databases answer', async () => {
    expect(await health('ready')).toEqual({
      status: 200,
      body: { status: 'ok', databases: { policy: 'ok', market: 'ok' } },
    });
    expect(await health('live')).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('is ready while one locked record starves other requests, which wait or are sent away, but not reads', async () => {
    for (const id of ['hot', 'cold'])
      await service.request('POST', '/api/policies', { body: { id, title: id } });
    const pool = superuserPool(service.databases.names.policy);
    const writer = await pool.connect();
    await writer.query("BEGIN; SELECT FROM policies WHERE id = 'hot' FOR UPDATE");
    const blocked = service.request('PUT', '/api/policies/hot', { body: { title: 'blocked' } });
    await until('the update waits', async () => {
      const { rowCount } = await writer.query(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      );
      return rowCount === 1;
    });
    const waiting = service.request('GET', '/api/policies');
    expect((await service.request('GET', '/api/policies/cold')).status).toBe(200);
    const asked = performance.now();
    expect(await health('ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await health('live')).toMatchObject({ status: 200 });
    expect(performance.now() - asked).toBeLessThan(1_000);
    expect(await Promise.race([waiting, blocked, Promise.resolve('still waiting')])).toBe('still waiting');
    const refused = await blocked;
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body).toMatchObject({ code: 'unavailable' });
    expect((await waiting).status).toBe(200);
    await writer.query('ROLLBACK');
    writer.release();
    await pool.end();
  });

  it('is not ready when a database is gone, and lives on', async () => {
    const superuser = superuserPool('postgres');
    await superuser.query(`DROP DATABASE ${service.databases.names.market} WITH (FORCE)`);
    await superuser.end();
    expect(await health('ready')).toEqual({
      status: 503,
      body: { status: 'unavailable', databases: { policy: 'ok', market: 'no answer' } },
    });
    expect(await health('live')).toMatchObject({ status: 200 });
    const refused = await service.request('GET', '/api/market/items/any');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await service.request('GET', '/api/policies')).status).toBe(200);
  });
});
