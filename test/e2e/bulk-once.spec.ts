import { Client, type Pool } from 'pg';
import { type Answer, type RequestOptions, startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';
import { Receiver } from '../support/receiver.js';
import { secret } from '../support/sync-fixture.js';

type Result = { id: string; status: number; version?: number };

describe('a bulk request with an Idempotency-Key', () => {
  const path = '/api/policies:bulk';
  let receiver: Receiver;
  let service: TestApp;
  let database: Pool;

  beforeAll(async () => {
    receiver = await Receiver.start();
    service = await startApp({ SYNC_URL: receiver.url, SYNC_SECRET: secret });
    database = superuserPool(service.databases.names.policy);
  });

  afterAll(async () => {
    await database?.end();
    await service?.close();
    await receiver?.down();
  });

  const send = (key: string, body: object, { headers, ...options }: RequestOptions = {}): Promise<Answer> =>
    service.request('POST', path, { ...options, body, headers: { 'Idempotency-Key': key, ...headers } });
  const create = (id: string | undefined, data: object = {}) => ({
    op: 'create',
    ...(id && { id }),
    data: { title: 'Bulk', ...data },
  });
  const resultsOf = ({ body }: Answer): Result[] => body['results'] as Result[];
  const isReplay = ({ headers }: Answer): boolean => headers.get('idempotency-replayed') === 'true';
  const logged = async (): Promise<number> => {
    const { rows } = await database.query<{ count: number }>('SELECT count(*)::int FROM hms.changes');
    return rows[0]?.count ?? -1;
  };
  const keys = async (): Promise<number> => {
    const { rows } = await database.query<{ count: number }>(
      'SELECT count(*)::int FROM hms.idempotency_keys',
    );
    return rows[0]?.count ?? -1;
  };

  it.each([
    ['atomic', true, 200],
    ['operation by operation', false, 207],
  ])('is carried out once, %s, and answered again byte for byte', async (_, atomic, status) => {
    const refused = atomic ? [] : [{ op: 'delete', id: 'no-such' }];
    const body = { atomic, operations: [create(undefined), create(`kept-${status}`), ...refused] };
    const first = await send(`once-${status}`, body);
    expect([first.status, isReplay(first)]).toEqual([status, false]);
    const [made] = resultsOf(first);
    await service.request('PUT', `/api/policies/${made?.id}`, { body: { title: 'Changed' } });
    const before = await logged();
    const again = await send(`"once-${status}"`, body);
    expect([again.status, isReplay(again)]).toEqual([status, true]);
    expect(again.text).toBe(first.text);
    for (const header of ['content-type', 'cache-control'])
      expect(again.headers.get(header)).toBe(first.headers.get(header));
    expect(await logged()).toBe(before);
  });

  it('is answered again though the database that it referred to is gone', async () => {
    await service.request('POST', '/api/policies', { body: { id: 'referred', title: 'x' } });
    const items = (key: string, id: string) =>
      service.request('POST', '/api/market/items:bulk', {
        headers: { 'Idempotency-Key': key },
        body: { operations: [{ op: 'create', id, data: { name: 'Item', policyIds: ['referred'] } }] },
      });
    const first = await items('refers', 'refers');
    expect(resultsOf(first)).toMatchObject([{ status: 201 }]);
    const superuser = superuserPool('postgres');
    const { policy } = service.databases.names;
    await superuser.query(`ALTER DATABASE ${policy} ALLOW_CONNECTIONS false`);
    await superuser.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
      policy,
    ]);
    try {
      expect((await items('refers-now', 'refers-now')).status).toBe(503);
      const again = await items('refers', 'refers');
      expect([again.status, isReplay(again), again.text]).toEqual([207, true, first.text]);
    } finally {
      await superuser.query(`ALTER DATABASE ${policy} ALLOW_CONNECTIONS true`);
      await superuser.end();
    }
  });

  it('refuses the key for another request, and takes it from another caller', async () => {
    const before = await logged();
    const body = { operations: [create('mine')] };
    expect((await send('mine', body)).status).toBe(207);
    for (const other of [{ operations: [create('mine', { summary: 'x' })] }, { ...body, atomic: true }])
      expect(await send('mine', other)).toMatchObject({
        status: 422,
        body: { code: 'idempotency-mismatch' },
      });
    const theirs = await send('mine', body, { subject: 'other' });
    expect([theirs.status, isReplay(theirs), resultsOf(theirs)[0]?.status]).toEqual([207, false, 409]);
    expect(isReplay(await send('mine', body, { agency: 'usda' }))).toBe(false);
    expect(await logged()).toBe(before + 2);
  });

  it('is told at once that the first one is under way', async () => {
    await send('to-lock', { operations: [create('locked')] });
    const gate = new Client({ connectionString: service.databases.addresses.policy.migrationUrl });
    await gate.connect();
    await gate.query(`BEGIN; SELECT FROM policies WHERE agency = 'hhs' AND id = 'locked' FOR UPDATE`);
    const body = { operations: [{ op: 'update', id: 'locked', data: { title: 'New' } }] };
    const first = send('flight', body);
    await until('the first one waits for the record', async () => {
      const { rowCount } = await database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rowCount === 1;
    });
    const second = await send('flight', body);
    expect([second.status, second.body['code'], second.headers.get('retry-after')]).toEqual([
      409,
      'idempotency-in-progress',
      '1',
    ]);
    await gate.query('COMMIT');
    await gate.end();
    expect(resultsOf(await first)).toMatchObject([{ status: 200, version: 2 }]);
    expect(isReplay(await send('flight', body))).toBe(true);
  });

  it('keeps no answer of which nothing was done', async () => {
    const before = await keys();
    const wrong = { op: 'update', id: 'absent', data: { title: 'x' } };
    expect((await send('again', { operations: [wrong] })).status).toBe(207);
    expect((await send('again', { atomic: true, operations: [create('never'), wrong] })).status).toBe(422);
    expect((await send('again', { operations: [create('bad', { colour: 'red' })] })).status).toBe(207);
    expect(await keys()).toBe(before);
    expect(resultsOf(await send('again', { operations: [create('absent')] }))[0]?.status).toBe(201);
    expect(await keys()).toBe(before + 1);
    // What it found to be as it should be is done.
    const same = { operations: [{ op: 'update', id: 'absent', data: { title: 'Bulk' } }] };
    expect(resultsOf(await send('same', same))[0]).toMatchObject({ status: 200, version: 1 });
    expect(isReplay(await send('same', same))).toBe(true);
  });

  it('lets a repeated one wait for the delivery of what the first one did', async () => {
    const body = { operations: [create('waited-1'), create('waited-2')] };
    await send('waited', body);
    const again = await send('waited', body, { headers: { Prefer: 'wait=20' } });
    expect([isReplay(again), again.headers.get('sync-status')]).toEqual([
      true,
      'delivered;targets=2;delivered=2',
    ]);
  });

  it('is no way for an import, which says so', async () => {
    const before = await logged();
    const answer = await service.request('POST', '/api/policies:import', {
      headers: { 'Content-Type': 'application/x-ndjson', 'Idempotency-Key': 'import' },
      body: '{"id":"imported","title":"x"}\n',
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
    expect(answer.body['detail']).toContain('Idempotency-Key');
    expect(await logged()).toBe(before);
  });
});
