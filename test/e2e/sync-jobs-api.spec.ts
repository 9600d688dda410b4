import type { Pool } from 'pg';
import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';
import { Receiver } from '../support/receiver.js';
import { secret } from '../support/sync-fixture.js';

describe('the jobs of a target over HTTP', () => {
  let app: TestApp;
  let receiver: Receiver;
  let superuser: Pool;
  let shared: number;
  let own: number;

  beforeAll(async () => {
    receiver = await Receiver.start();
    app = await startApp({ SYNC_URL: receiver.url, SYNC_SECRET: secret });
    superuser = superuserPool(app.databases.names.policy);
    const { rows } = await superuser.query<{ id: number }>(
      `INSERT INTO hms.sync_targets (resource, agency, name, url, paused) VALUES ('policies', 'hhs', 'own', 'http://127.0.0.1:9', true)
       RETURNING id`,
    );
    own = rows[0]?.id ?? 0;
    const environment = await superuser.query<{ id: number }>(
      "SELECT id FROM hms.sync_targets WHERE name = 'environment'",
    );
    shared = environment.rows[0]?.id ?? 0;
    await app.request('POST', '/api/policies', { body: { id: 'p1', title: 'x' } });
    await until('the target is filled', async () => {
      const { rowCount } = await superuser.query("SELECT FROM hms.sync_jobs WHERE state = 'running'");
      return rowCount === 0;
    });
  });

  afterAll(async () => {
    await superuser.end();
    await app.close();
    await receiver.down();
  });

  const admin = ['sync:admin'];
  const platform = ['sync:admin', 'platform:sync'];
  const call = (
    method: string,
    path: string,
    { scopes = admin, agency = 'hhs', body }: { scopes?: string[]; agency?: string; body?: object } = {},
  ) => app.request(method, `/api/sync/policies/targets/${path}`, { scopes, agency, ...(body && { body }) });

  it('resyncs, shows how far it is, and keeps who asked for it', async () => {
    await until('p1 has come', () => receiver.accepted.length === 1);
    const answer = await call('POST', `${shared}/resync`, { scopes: platform });
    expect(answer).toMatchObject({
      status: 202,
      body: { kind: 'resync', state: 'running', records: 0, createdBy: 'tester' },
    });
    const path = `${shared}/jobs/${String(answer.body['id'])}`;
    await until(
      'it has ended',
      async () => (await call('GET', path, { scopes: platform })).body['state'] === 'done',
    );
    expect((await call('GET', path, { scopes: platform })).body).toMatchObject({
      records: 1,
      finishedAt: expect.stringMatching(/Z$/) as string,
    });
    await until('the resync has come', () => receiver.accepted.length === 2);
    expect(receiver.accepted[1]).toMatchObject({ resync: true, version: 1 });
    const { rows } = await superuser.query(
      'SELECT action, outcome, resource, agency, actor FROM hms.security_events',
    );
    expect(rows).toContainEqual({
      action: 'sync.job.started',
      outcome: 'success',
      resource: 'policies',
      agency: 'hhs',
      actor: 'tester',
    });
    const list = await call('GET', `${shared}/jobs`, { scopes: platform });
    expect((list.body['items'] as { kind: string }[]).map(({ kind }) => kind)).toEqual(['resync', 'fill']);
  });

  it('replays with the same id, and one record where it is named', async () => {
    const before = receiver.accepted.length;
    const body = { sinceVersion: 1, recordId: 'p1' };
    expect((await call('POST', `${shared}/replay`, { scopes: platform, body })).body).toMatchObject({
      kind: 'replay',
      sinceVersion: 1,
      recordId: 'p1',
      agency: 'hhs',
    });
    await until('it has come', () => receiver.accepted.length > before);
    expect(receiver.accepted.at(-1)?.headers['webhook-id']).toBe(receiver.accepted[0]?.headers['webhook-id']);
  });

  it('runs one job of a target at a time, and ends it on request', async () => {
    const since = { since: '2025-01-01T00:00:00Z' };
    const job = await call('POST', `${own}/replay`, { body: since });
    const path = `${own}/jobs/${String(job.body['id'])}`;
    await until('it has ended', async () => (await call('GET', path)).body['state'] === 'done');
    await superuser.query(
      "INSERT INTO hms.sync_cursors (target_id, agency, record_id, latest_version, due_at) SELECT $1, 'x', 'r' || n, 1, now() FROM generate_series(1, 500) n",
      [own],
    );
    const second = await call('POST', `${own}/replay`, { body: since });
    expect(second.status).toBe(202);
    expect(await call('POST', `${own}/resync`)).toMatchObject({
      status: 409,
      body: { code: 'job-under-way' },
    });
    const cancel = `${own}/jobs/${String(second.body['id'])}/cancel`;
    for (let n = 0; n < 2; n += 1)
      expect(await call('POST', cancel)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    const { rowCount } = await superuser.query(
      "SELECT FROM hms.security_events WHERE action = 'sync.job.cancelled'",
    );
    expect(rowCount).toBe(1);
    await superuser.query('UPDATE hms.sync_targets SET detached = true WHERE id = $1', [own]);
    expect(await call('POST', `${own}/resync`)).toMatchObject({
      status: 409,
      body: { code: 'target-detached' },
    });
    await superuser.query('UPDATE hms.sync_targets SET detached = false WHERE id = $1', [own]);
  });

  it('tells the agency of a target what the platform did to it', async () => {
    const answer = await call('POST', `${own}/resync`, { scopes: platform, agency: 'treasury' });
    await call('POST', `${own}/jobs/${String(answer.body['id'])}/cancel`, {
      scopes: platform,
      agency: 'treasury',
    });
    const { rows } = await superuser.query<{ action: string }>(
      "SELECT action FROM hms.security_events WHERE agency = 'hhs' AND context LIKE '%of own%' ORDER BY seq DESC LIMIT 2",
    );
    expect(rows.map(({ action }) => action)).toEqual(['sync.job.cancelled', 'sync.job.started']);
    const { rows: elsewhere } = await superuser.query(
      "SELECT FROM hms.security_events WHERE agency = 'treasury' AND action LIKE 'sync.%'",
    );
    expect(elsewhere).toEqual([]);
  });

  it('shows the targets of the own agency alone, and those of all to the platform', async () => {
    expect(await call('GET', `${own}/jobs`)).toMatchObject({ status: 200 });
    expect(await call('GET', `${own}/jobs`, { agency: 'va' })).toMatchObject({
      status: 404,
      body: { code: 'not-found' },
    });
    expect(await call('POST', `${shared}/resync`)).toMatchObject({ status: 404 });
    expect(await call('GET', `${own}/jobs`, { agency: 'va', scopes: platform })).toMatchObject({
      status: 200,
    });
    expect(await call('GET', `${own}/jobs`, { scopes: ['policies:read'] })).toMatchObject({ status: 403 });
    const elsewhere = (path: string) => app.request('GET', `/api/sync/${path}`, { scopes: admin });
    expect(await elsewhere(`items/targets/${own}/jobs`)).toMatchObject({ status: 404 });
    expect(await elsewhere(`nothing/targets/${own}/jobs`)).toMatchObject({
      status: 404,
      body: { code: 'not-found' },
    });
    expect(await call('GET', `${own}/jobs/99999`)).toMatchObject({ status: 404 });
    expect(await call('GET', 'x/jobs')).toMatchObject({ status: 404 });
  });

  it.each([
    [{}, ''],
    [{ since: '2025-01-01T00:00:00Z', sinceVersion: 1, recordId: 'p1' }, ''],
    [{ sinceVersion: 1 }, '/recordId'],
    [{ since: '2025-01-01T00:00:00Z', agency: 'hhs' }, '/agency'],
    [{ sinceVersion: 1, recordId: 'p1', agency: 'va' }, '/agency'],
    [{ since: 'yesterday' }, '/since'],
  ])('refuses the replay %j', async (body, pointer) => {
    const answer = await call('POST', `${own}/replay`, { body });
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
    expect(answer.body['errors']).toEqual([expect.objectContaining({ pointer })]);
  });
});
