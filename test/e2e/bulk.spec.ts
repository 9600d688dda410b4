import { Pool } from 'pg';
import { type Answer, startApp, type TestApp } from '../support/app.js';
import { until } from '../support/gate.js';
import { Receiver } from '../support/receiver.js';
import { secret } from '../support/sync-fixture.js';

type Result = { op: string; id: string; status: number; version?: number; problem?: Problem };
type Problem = {
  code: string;
  detail: string;
  errors?: { pointer: string; detail: string; code?: string }[];
};

const resources = [
  { name: 'policies', path: '/api/policies', sample: { title: 'One' }, text: 'title' },
  { name: 'items', path: '/api/market/items', sample: { name: 'One' }, text: 'name' },
];

let service: TestApp;
let receiver: Receiver;
let owner: Pool;

beforeAll(async () => {
  receiver = await Receiver.start();
  service = await startApp({ SYNC_URL: receiver.url, SYNC_SECRET: secret });
  owner = new Pool({ connectionString: service.databases.addresses.policy.migrationUrl, max: 4 });
});

afterAll(async () => {
  await owner?.end();
  await service?.close();
  await receiver?.down();
});

const send = (
  operations: unknown,
  rest: object = {},
  path = '/api/policies',
  headers: Record<string, string> = {},
): Promise<Answer> => service.request('POST', `${path}:bulk`, { body: { operations, ...rest }, headers });
const resultsOf = ({ body }: Answer): Result[] => body['results'] as Result[];
const create = (id: string, data: object = {}) => ({ op: 'create', id, data: { title: id, ...data } });
const statuses = (answer: Answer) => resultsOf(answer).map(({ status }) => status);

describe.each(resources)('bulk requests for $name', ({ path, sample, text }) => {
  const get = (id: string) => service.request('GET', `${path}/${id}`);

  it('makes, changes and deletes records, each with a version, a log entry and the reason', async () => {
    await service.request('POST', path, { body: { ...sample, id: 'changed' } });
    await service.request('POST', path, { body: { ...sample, id: 'removed' } });
    const answer = await send(
      [
        { op: 'create', id: 'made', data: { ...sample, tags: ['x'] } },
        { op: 'create', data: sample },
        { op: 'update', id: 'changed', version: 1, data: { description: 'new' } },
        { op: 'delete', id: 'removed', version: 1 },
      ],
      { atomic: true },
      path,
      { 'Change-Reason': 'annual review', 'X-Request-Id': 'bulk-7' },
    );
    expect(answer.status).toBe(200);
    expect(resultsOf(answer)).toEqual([
      { op: 'create', id: 'made', status: 201, version: 1 },
      { op: 'create', id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, status: 201, version: 1 },
      { op: 'update', id: 'changed', status: 200, version: 2 },
      { op: 'delete', id: 'removed', status: 204, version: 2 },
    ]);
    expect((await get('made')).body).toMatchObject({ version: 1, tags: ['x'], [text]: 'One' });
    expect((await get('changed')).body).toMatchObject({ description: 'new', [text]: 'One' });
    expect((await get('removed')).status).toBe(404);
    const { body } = await service.request('GET', '/api/audit?record=changed', { scopes: ['audit:read'] });
    expect((body['items'] as object[])[0]).toMatchObject({
      version: 2,
      actor: 'tester',
      requestId: 'bulk-7',
      reason: 'annual review',
      route: `POST ${path}:bulk`,
    });
  });

  it('is served without the prefix too', async () => {
    const answer = await send([{ op: 'create', id: 'short', data: sample }], {}, path.replace('/api', ''));
    expect(answer.status).toBe(207);
  });

  it('says of each operation what became of it', async () => {
    await service.request('POST', path, { body: { ...sample, id: 'there' } });
    await service.request('POST', path, { body: { ...sample, id: 'gone' } });
    await service.request('DELETE', `${path}/gone`);
    const answer = await send(
      [
        { op: 'create', id: 'good', data: sample },
        { op: 'create', id: 'there', data: sample },
        { op: 'create', id: 'gone', data: sample },
        { op: 'create', id: 'bad', data: { ...sample, [text]: 7, colour: 'red' } },
        { op: 'update', id: 'nowhere', data: { description: 'x' } },
        { op: 'update', id: 'gone-too', version: 3, data: {} },
        { op: 'delete', id: 'absent' },
      ],
      {},
      path,
    );
    expect(answer.status).toBe(207);
    expect(statuses(answer)).toEqual([201, 409, 409, 422, 404, 422, 404]);
    const [, there, gone, bad] = resultsOf(answer);
    expect([there?.problem?.code, gone?.problem?.code]).toEqual(['already-exists', 'deleted']);
    expect(bad?.problem?.errors?.map(({ pointer }) => pointer).sort()).toEqual(
      [`/operations/3/data/${text}`, '/operations/3/data/colour'].sort(),
    );
    expect((await get('good')).status).toBe(200);
  });

  it('does nothing of an atomic request when an operation cannot be done, and names them all', async () => {
    await service.request('POST', path, { body: { ...sample, id: 'kept' } });
    const before = await get('kept');
    const answer = await send(
      [
        { op: 'create', id: 'never', data: sample },
        { op: 'update', id: 'kept', version: 7, data: { description: 'lost' } },
        { op: 'delete', id: 'missing' },
      ],
      { atomic: true },
      path,
    );
    expect(answer).toMatchObject({ status: 422, body: { code: 'operation-refused' } });
    expect((answer.body as Problem).errors).toEqual([
      { pointer: '/operations/1', code: 'precondition-failed', detail: expect.any(String) as string },
      { pointer: '/operations/2', code: 'not-found', detail: expect.any(String) as string },
    ]);
    expect((await get('never')).status).toBe(404);
    expect((await get('kept')).text).toBe(before.text);
    const invalid = await send(
      [
        { op: 'create', id: 'never', data: sample },
        { op: 'create', id: 'wrong', data: {} },
      ],
      { atomic: true },
      path,
    );
    expect((invalid.body as Problem).errors).toMatchObject([
      { pointer: `/operations/1/data/${text}`, code: 'validation-failed' },
    ]);
    expect((await get('never')).status).toBe(404);
  });

  it('makes no version of a change that changes nothing', async () => {
    await service.request('POST', path, { body: { ...sample, id: 'same' } });
    const read = await get('same');
    const answer = await send([{ op: 'update', id: 'same', data: read.body }], {}, path);
    expect(resultsOf(answer)).toEqual([{ op: 'update', id: 'same', status: 200, version: 1 }]);
    const other = await send(
      [{ op: 'update', id: 'same', data: { ...read.body, createdAt: '2020-01-01T00:00:00Z' } }],
      {},
      path,
    );
    expect(resultsOf(other)[0]).toMatchObject({
      status: 422,
      problem: { code: 'read-only-member', errors: [{ pointer: '/operations/0/data/createdAt' }] },
    });
  });

  it('refuses a request that has not the form', async () => {
    const refused = async (operations: unknown): Promise<string[]> => {
      const { status, body } = await send(operations, {}, path);
      expect({ status, body }).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
      return ((body as Problem).errors ?? []).map(({ pointer }) => pointer);
    };
    expect(await refused([])).toEqual(['/operations']);
    expect(await refused('all')).toEqual(['/operations']);
    expect(await refused(Array.from({ length: 1001 }, (_, n) => ({ op: 'delete', id: `n${n}` })))).toEqual([
      '/operations',
    ]);
    expect(await refused([{ op: 'drop', id: 'a' }])).toEqual(['/operations/0/op']);
    expect(await refused([{ op: 'update', data: {} }, { op: 'delete' }])).toEqual([
      '/operations/0/id',
      '/operations/1/id',
    ]);
    expect(await refused([{ op: 'create', id: 'a', version: 1 }])).toEqual([
      '/operations/0/version',
      '/operations/0/data',
    ]);
    expect(await refused([{ op: 'delete', id: 'a', data: {} }])).toEqual(['/operations/0/data']);
    expect(
      await refused([
        { op: 'create', id: 'twice', data: sample },
        { op: 'create', id: 'once', data: sample },
        { op: 'delete', id: 'twice' },
        { op: 'create', data: { ...sample, id: 'once' } },
      ]),
    ).toEqual(['/operations/2/id', '/operations/3/id']);
    expect((await get('twice')).status).toBe(404);
  });

  it('is for the records of the caller’s agency, with the right scope', async () => {
    await service.request('POST', path, { agency: 'usda', body: { ...sample, id: 'theirs' } });
    const foreign = await send([{ op: 'delete', id: 'theirs' }], {}, path);
    const absent = await send([{ op: 'delete', id: 'random' }], {}, path);
    expect(resultsOf(foreign)[0]?.problem?.code).toBe('not-found');
    expect(
      JSON.stringify(resultsOf(foreign))
        .replaceAll('theirs', 'random')
        .replaceAll(/"requestId":"[^"]*"/g, ''),
    ).toBe(JSON.stringify(resultsOf(absent)).replaceAll(/"requestId":"[^"]*"/g, ''));
    const reader = await service.request('POST', `${path}:bulk`, {
      scopes: ['policies:read', 'items:read'],
      body: { operations: [{ op: 'delete', id: 'random' }] },
    });
    expect(reader.status).toBe(403);
  });
});

describe('a bulk request for policies', () => {
  const path = '/api/policies';
  const get = (id: string) => service.request('GET', `${path}/${id}`);
  const make = (...ids: string[]) =>
    send(
      ids.map((id) => create(id)),
      { atomic: true },
    );
  const problemsOf = (answer: Answer) => resultsOf(answer).map(({ problem }) => problem?.code);
  /** Waits until so many of the service's sessions wait for locks, and tells who blocks whom. */
  const blocked = async (count: number): Promise<{ pid: number; by: number[] }[]> => {
    let rows: { pid: number; by: number[] }[] = [];
    await until(`${count} sessions wait`, async () => {
      ({ rows } = await owner.query<{ pid: number; by: number[] }>(
        `SELECT pid, pg_blocking_pids(pid) AS by FROM pg_stat_activity
         WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`,
      ));
      return rows.length === count;
    });
    return rows;
  };

  it('holds to the expected version of each record', async () => {
    await make('v1', 'v2', 'v3');
    await send([{ op: 'update', id: 'v2', data: { summary: 'other' } }]);
    const answer = await send([
      { op: 'update', id: 'v1', version: 1, data: { summary: 'a' } },
      { op: 'update', id: 'v2', version: 1, data: { summary: 'a' } },
      { op: 'update', id: 'v3', data: { summary: 'a', version: 2 } },
    ]);
    expect(statuses(answer)).toEqual([200, 412, 412]);
    expect((await get('v2')).body).toMatchObject({ version: 2, summary: 'other' });
    const both = await send([{ op: 'update', id: 'v2', version: 2, data: { summary: 'b', version: 1 } }]);
    expect(statuses(both)).toEqual([412]);
  });

  it('lets one of many change a record that all have read', async () => {
    await make('read-by-all', 'own-0', 'own-1', 'own-2', 'own-3', 'own-4');
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        send([
          { op: 'update', id: `own-${n}`, version: 1, data: { summary: `by ${n}` } },
          { op: 'update', id: 'read-by-all', version: 1, data: { summary: `by ${n}` } },
        ]),
      ),
    );
    expect(answers.map((answer) => statuses(answer)[0])).toEqual([200, 200, 200, 200, 200]);
    const claims = answers.map((answer) => statuses(answer)[1] ?? 0);
    expect(claims.sort((one, other) => one - other)).toEqual([200, 412, 412, 412, 412]);
  });

  it('finds the few that the table refuses among many', async () => {
    await send([create('taken', { code: 'TAKEN' })]);
    const operations = Array.from({ length: 200 }, (_, n) =>
      create(`many-${n}`, { code: n === 57 || n === 199 ? 'TAKEN' : `MANY-${n}` }),
    );
    const answer = await send(operations);
    const refused = resultsOf(answer).filter(({ status }) => status !== 201);
    expect(refused).toMatchObject([
      {
        id: 'many-57',
        status: 409,
        problem: { code: 'not-unique', errors: [{ pointer: '/operations/57/data/code' }] },
      },
      { id: 'many-199', status: 409 },
    ]);
    expect((await get('many-58')).status).toBe(200);
    expect((await get('many-57')).status).toBe(404);
  });

  it('does what depends on each other in the order of the request', async () => {
    await send([create('gives', { code: 'GIVEN' }), create('swaps', { code: 'FIRST' })]);
    const answer = await send(
      [
        { op: 'update', id: 'swaps', data: { code: 'SECOND' } },
        create('base', { code: 'FIRST' }),
        create('next', { supersedes: 'base' }),
        { op: 'delete', id: 'gives' },
        create('takes', { code: 'GIVEN' }),
      ],
      { atomic: true },
    );
    expect(answer.status).toBe(200);
    const twice = await send([
      create('one-of-two', { code: 'BOTH' }),
      create('two-of-two', { code: 'BOTH' }),
    ]);
    expect(statuses(twice)).toEqual([201, 409]);
  });

  it('holds to references, to the life cycle and to what is read-only', async () => {
    await make('referred');
    const answer = await send([
      create('refers', { supersedes: 'referred' }),
      create('refers-wrong', { supersedes: 'no-such' }),
      create('published', { status: 'published' }),
      { op: 'update', id: 'referred', data: { status: 'approved' } },
    ]);
    expect(statuses(answer)).toEqual([201, 422, 422, 422]);
    expect(resultsOf(answer)[1]?.problem?.errors?.[0]?.pointer).toBe('/operations/1/data/supersedes');
    expect(problemsOf(answer)[3]).toBe('read-only-member');
    await send([{ op: 'delete', id: 'referred' }]);
    const kept = await send([{ op: 'update', id: 'refers', data: { supersedes: 'referred', summary: 'x' } }]);
    expect(statuses(kept)).toEqual([200]);
  });

  it('waits in turn for another bulk request with the same records in another order', async () => {
    await make('t1', 't2', 't3');
    const gate = await owner.connect();
    await gate.query(`BEGIN; SELECT FROM policies WHERE agency = 'hhs' AND id = 't2' FOR UPDATE`);
    const changeAll = (ids: string[], summary: string) =>
      send(
        ids.map((id) => ({ op: 'update', id, data: { summary } })),
        { atomic: true },
      );
    const first = changeAll(['t3', 't2', 't1'], 'down');
    const [waiting] = await blocked(1);
    const second = changeAll(['t1', 't2', 't3'], 'up');
    // The second waits for the first. Had it got hold of a record, each would have what the other wants.
    const queue = await blocked(2);
    expect(queue.find(({ pid }) => pid !== waiting?.pid)?.by).toEqual([waiting?.pid]);
    await gate.query('COMMIT');
    gate.release();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    for (const id of ['t1', 't2', 't3'])
      expect((await get(id)).body).toMatchObject({ version: 3, summary: 'up' });
  });

  it('is tried again when it and another transaction wait for each other', async () => {
    await make('d1', 'd2');
    const other = await owner.connect();
    await other.query(`BEGIN; UPDATE policies SET summary = 'other' WHERE agency = 'hhs' AND id = 'd2'`);
    const bulk = send(
      ['d1', 'd2'].map((id) => ({ op: 'update', id, data: { description: 'bulk' } })),
      { atomic: true },
    );
    await blocked(1);
    // Now each has what the other wants. The one that has waited for longer finds out, and gives way.
    await other.query(`UPDATE policies SET summary = 'other' WHERE agency = 'hhs' AND id = 'd1'`);
    await other.query('COMMIT');
    other.release();
    expect((await bulk).status).toBe(200);
    for (const id of ['d1', 'd2'])
      expect((await get(id)).body).toMatchObject({ version: 3, summary: 'other', description: 'bulk' });
  });

  it('says 503 when a record stays locked, and has changed nothing', async () => {
    await make('l1', 'l2');
    const gate = await owner.connect();
    await gate.query(`BEGIN; SELECT FROM policies WHERE agency = 'hhs' AND id = 'l2' FOR UPDATE`);
    const answer = await send(['l1', 'l2'].map((id) => ({ op: 'delete', id })));
    await gate.query('COMMIT');
    gate.release();
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect((await get('l1')).status).toBe(200);
  });

  it('is delivered version by version, and leaves a log that verifies', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `sent-${n}`);
    await make(...ids);
    await send(ids.map((id) => ({ op: 'update', id, data: { summary: 'second' } })));
    const waited = await send(
      ids.map((id) => ({ op: 'delete', id, version: 2 })),
      { atomic: true },
      path,
      { Prefer: 'wait=20' },
    );
    expect(waited.headers.get('sync-status')).toBe('delivered;targets=50;delivered=50');
    for (const id of ids) expect(receiver.versionsOf(`policies/hhs/${id}`)).toEqual([1, 2, 3]);
    const deleted = receiver.accepted.find(
      ({ record, version }) => record === 'policies/hhs/sent-7' && version === 3,
    );
    expect(JSON.parse(String(deleted?.body))).toMatchObject({ id: 'sent-7', data: { deleted: true } });
    const { body } = await service.request('GET', '/api/audit/verify?limit=1000', {
      scopes: ['audit:verify'],
    });
    expect(body).toMatchObject({ findings: [], nextCursor: null });
    expect(body['checked']).toBeGreaterThan(300);
  });

  it('takes bodies of 16 MiB, where other routes take 1', async () => {
    const large = Array.from({ length: 150 }, (_, n) =>
      create(`large-${n}`, { description: 'x'.repeat(20_000) }),
    );
    expect((await send(large)).status).toBe(207);
    const more = { ...create('more'), data: { title: 'x', customFields: { x: 'x'.repeat(17 * 2 ** 20) } } };
    expect(await send([more])).toMatchObject({
      status: 413,
      body: { code: 'body-too-large', detail: expect.stringContaining('16777216 bytes') as string },
    });
    const single = await service.request('POST', path, {
      body: { title: 'x', customFields: { x: 'x'.repeat(2 * 2 ** 20) } },
    });
    expect(single.status).toBe(413);
  });
});
