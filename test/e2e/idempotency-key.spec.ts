import { jest } from '@jest/globals';
import { Client, type Pool } from 'pg';
import { type Answer, type RequestOptions, startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';
import { Receiver } from '../support/receiver.js';
import { secret } from '../support/sync-fixture.js';

describe('Idempotency-Key', () => {
  let receiver: Receiver;
  let service: TestApp;
  let database: Pool;

  beforeAll(async () => {
    receiver = await Receiver.start();
    service = await startApp({
      SYNC_URL: receiver.url,
      SYNC_SECRET: secret,
      DATABASE_POOL_SIZE: '3',
    });
    database = superuserPool(service.databases.names.policy);
  });

  afterAll(async () => {
    await database?.end();
    await service?.close();
    await receiver?.down();
  });

  const post = (
    key: string | undefined,
    path: string,
    body?: object,
    { headers, ...options }: RequestOptions = {},
  ): Promise<Answer> =>
    service.request('POST', `/api/${path}`, {
      ...options,
      ...(body && { body }),
      headers: { ...(key && { 'Idempotency-Key': key }), ...headers },
    });

  /** All that a client sees of an answer, but for what differs with each request. */
  const seen = ({ status, headers, text }: Answer) => ({
    status,
    text,
    headers: Object.fromEntries(
      [...headers].filter(
        ([name]) => !['date', 'x-request-id', 'ratelimit', 'idempotency-replayed'].includes(name),
      ),
    ),
  });

  const isReplay = ({ headers }: Answer): boolean => headers.get('idempotency-replayed') === 'true';

  const versions = async (id: string): Promise<number> => {
    const { rows } = await database.query<{ count: number }>(
      'SELECT count(*)::int FROM hms.changes WHERE record_id = $1',
      [id],
    );
    return rows[0]?.count ?? -1;
  };

  const expectReplay = (first: Answer, again: Answer): void => {
    expect(isReplay(first)).toBe(false);
    expect(isReplay(again)).toBe(true);
    expect(seen(again)).toEqual(seen(first));
  };

  it('makes a record once, and answers the same request again as the first time, whatever happened since', async () => {
    const first = await post('make', 'policies', { title: 'Once' });
    expect(first.status).toBe(201);
    const id = String(first.body['id']);
    expectReplay(first, await post('make', 'policies', { title: 'Once' }));
    await service.request('PUT', `/api/policies/${id}`, { body: { title: 'Changed' } });
    await service.request('DELETE', `/api/policies/${id}`);
    const late = await post('"make"', 'policies', { title: 'Once' });
    expectReplay(first, late);
    expect([late.headers.get('etag'), late.headers.get('location')]).toEqual([
      '"1.1"',
      `/api/policies/${id}`,
    ]);
    expect(await versions(id)).toBe(3);
    // The path with the prefix left out is the same request.
    const short = await service.request('POST', '/policies', {
      body: { title: 'Once' },
      headers: { 'Idempotency-Key': 'make' },
    });
    expect([short.status, short.text, isReplay(short)]).toEqual([201, first.text, true]);
  });

  it('takes every other step once too', async () => {
    await post(undefined, 'policies', { id: 'steps', title: 'Steps' });
    await service.request('DELETE', '/api/policies/steps');
    const steps: [path: string, body?: object][] = [
      ['policies/steps/restore'],
      ['policies/steps/versions/1/restore'],
      ['policies/steps/transitions', { to: 'in_review' }],
    ];
    for (const [path, body] of steps) {
      const first = await post(`key of ${path}`.replaceAll(' ', '-'), path, body);
      expect(first.status).toBe(200);
      expectReplay(first, await post(`key of ${path}`.replaceAll(' ', '-'), path, body));
    }
    // The content of version 1 was there already.
    expect(await versions('steps')).toBe(4);
    const availability = { status: 'limited', quantity: 5 };
    await post(undefined, 'market/items', { id: 'taken', name: 'Taken', availability });
    const first = await post('take', 'market/items/taken/availability/adjust', { by: -2 });
    expectReplay(first, await post('take', 'market/items/taken/availability/adjust', { by: -2 }));
    const { body } = await service.request('GET', '/api/market/items/taken');
    expect(body['availability']).toEqual({ status: 'limited', quantity: 3 });
  });

  it('refuses another body or path under the key, and a request whose key is none', async () => {
    await post('differs', 'policies', { id: 'differs', title: 'One' });
    const body = await post('differs', 'policies', { id: 'differs', title: 'Two' });
    expect([body.status, body.body['code']]).toEqual([422, 'idempotency-mismatch']);
    await post(undefined, 'policies', { id: 'differs-too', title: 'One' });
    expect((await post('path', 'policies/differs/transitions', { to: 'in_review' })).status).toBe(200);
    const path = await post('path', 'policies/differs-too/transitions', { to: 'in_review' });
    expect([path.status, path.body['code']]).toEqual([422, 'idempotency-mismatch']);
    const none = await post('k'.repeat(300), 'policies', { title: 'Never' });
    expect([none.status, none.body['code']]).toEqual([400, 'invalid-parameter']);
  });

  it('is the key of one caller, agency, operation and database', async () => {
    const made = await Promise.all([
      post('shared', 'policies', { title: 'Mine' }),
      post('shared', 'policies', { title: 'Yours' }, { subject: 'somebody-else' }),
      post('shared', 'policies', { title: 'Theirs' }, { agency: 'epa' }),
      post('shared', 'market/items', { name: 'An item' }),
    ]);
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(made.map(({ body }) => body['id'])).size).toBe(4);
    await post(undefined, 'policies', { id: 'operation', title: 'Operation' });
    expect((await post('shared', 'policies/operation/transitions', { to: 'in_review' })).status).toBe(200);
  });

  it('keeps no refusal: the corrected request may use the key', async () => {
    const refused = await post('corrected', 'policies', { title: '' });
    expect(refused.status).toBe(422);
    const unique = { id: 'corrected-0', title: 'Has it', code: 'CORRECTED' };
    await post(undefined, 'policies', unique);
    const taken = await post('corrected', 'policies', { title: 'Again', code: 'CORRECTED' });
    expect([taken.status, taken.body['code']]).toEqual([409, 'not-unique']);
    expect((await post('corrected', 'policies', { title: 'Again' })).status).toBe(201);
    const rows = await database.query("SELECT FROM hms.idempotency_keys WHERE body LIKE '%Has it%'");
    expect(rows.rowCount).toBe(0);
  });

  it('refuses a second request at once while the first is under way, and answers it afterwards', async () => {
    await post(undefined, 'policies', { id: 'flight', title: 'Flight' });
    const holder = await database.connect();
    await holder.query('BEGIN');
    await holder.query("SELECT FROM policies WHERE id = 'flight' FOR UPDATE");
    const first = post('flight', 'policies/flight/transitions', { to: 'in_review' });
    await until('the first waits for the record', async () => {
      const { rowCount } = await database.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rowCount === 1;
    });
    const second = await post('flight', 'policies/flight/transitions', { to: 'in_review' });
    expect([second.status, second.body['code']]).toEqual([409, 'idempotency-in-progress']);
    expect(second.headers.get('retry-after')).toBe('1');
    await holder.query('COMMIT');
    holder.release();
    expect((await first).status).toBe(200);
    expectReplay(await first, await post('flight', 'policies/flight/transitions', { to: 'in_review' }));
  });

  it('lets one of many through, when all come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post('crowd', 'policies', { title: 'Crowd' })),
    );
    const made = answers.filter((answer) => answer.status === 201 && !isReplay(answer));
    expect(made).toHaveLength(1);
    const others = answers.filter((answer) => !made.includes(answer));
    for (const answer of others)
      expect(isReplay(answer) || answer.body['code'] === 'idempotency-in-progress').toBe(true);
    expect((await database.query("SELECT FROM policies WHERE title = 'Crowd'")).rowCount).toBe(1);
  });

  it('is written in the transaction of the change, and undone with it', async () => {
    const { body } = await post('together', 'policies', { title: 'Together' });
    const { rows } = await database.query(
      `SELECT k.xmin = c.xmin AS together FROM hms.idempotency_keys k JOIN hms.changes c ON c.record_id = k.about ->> 'id'
       WHERE c.record_id = $1`,
      [body['id']],
    );
    expect(rows).toEqual([{ together: true }]);
    // What cannot be kept is not done.
    await database.query(
      "ALTER TABLE hms.idempotency_keys ADD CONSTRAINT no CHECK (about ->> 'version' <> '1') NOT VALID",
    );
    const refused = await post('alone', 'policies', { id: 'alone', title: 'Alone' });
    await database.query('ALTER TABLE hms.idempotency_keys DROP CONSTRAINT no');
    expect(refused.status).toBeGreaterThan(400);
    expect(await versions('alone')).toBe(0);
    const again = await post('alone', 'policies', { id: 'alone', title: 'Alone' });
    expect([again.status, isReplay(again)]).toEqual([201, false]);
  });

  it('holds for 24 hours', async () => {
    await post('aged', 'policies', { title: 'Aged' });
    const age = (interval: string) =>
      database.query(
        `UPDATE hms.idempotency_keys SET used_at = now() - interval '${interval}' WHERE body LIKE '%Aged%'`,
      );
    await age('23 hours 59 minutes');
    expect(isReplay(await post('aged', 'policies', { title: 'Aged' }))).toBe(true);
    await age('24 hours 1 second');
    // It is another request now, which is kept in its turn.
    const anew = await post('aged', 'policies', { title: 'Aged anew' });
    expect([anew.status, isReplay(anew)]).toEqual([201, false]);
    expect(isReplay(await post('aged', 'policies', { title: 'Aged anew' }))).toBe(true);
  });

  it('lets a client that repeats itself wait for the delivery as well', async () => {
    const headers = { Prefer: 'wait=20' };
    const first = await post('waits', 'policies', { id: 'waits', title: 'Waits' }, { headers });
    expect(first.headers.get('sync-status')).toBe('delivered;targets=1;delivered=1');
    expectReplay(first, await post('waits', 'policies', { id: 'waits', title: 'Waits' }, { headers }));
    expect(receiver.received.filter(({ record }) => record === 'policies/hhs/waits')).toHaveLength(1);
  });

  it('needs no second connection of the pool, however many come with references', async () => {
    await post(undefined, 'policies', { id: 'referred', title: 'Referred' });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        post(`many-${n}`, 'policies', { title: 'Many', supersedes: 'referred' }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  });

  it('costs a write without one nothing: it is one statement', async () => {
    const statements = jest.spyOn(Client.prototype, 'query');
    const clients = statements.mock.contexts as {
      connectionParameters?: { application_name?: string };
    }[];
    const ofRequests = () =>
      clients.filter((client) => client.connectionParameters?.application_name === 'hms-api-policy').length;
    await post(undefined, 'policies', { id: 'plain', title: 'Plain' });
    await service.request('PUT', '/api/policies/plain', { body: { title: 'Changed' } });
    await service.request('PATCH', '/api/policies/plain', { body: { title: 'Patched', tags: ['a'] } });
    await post(undefined, 'policies/plain/transitions', { to: 'in_review' });
    expect(ofRequests()).toBe(4);
    await post('keyed', 'policies', { title: 'Keyed' });
    expect(ofRequests()).toBe(4 + 6);
    statements.mockRestore();
  });

  it('is not heeded by other methods, nor by a POST that changes nothing', async () => {
    const headers = { 'Idempotency-Key': 'put' };
    await post(undefined, 'policies', { id: 'put', title: 'One' });
    for (const title of ['Two', 'Three']) {
      const { status, body } = await service.request('PUT', '/api/policies/put', {
        headers,
        body: { title },
      });
      expect([status, body['title']]).toEqual([200, title]);
    }
    const keys = async () => (await database.query('SELECT FROM hms.idempotency_keys')).rowCount;
    const before = await keys();
    expect((await post('evaluates', 'policies/put/evaluate', { facts: {} })).status).not.toBe(404);
    expect(await keys()).toBe(before);
  });
});
