import type { RequestContext } from '../../src/platform/auth/request-context.js';
import { recordsToken } from '../../src/platform/records/inject-records.decorator.js';
import type { RecordStore } from '../../src/platform/records/record-store.js';
import { Policy } from '../../src/policy/policy.entity.js';
import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';

const resources = [
  { name: 'policies', path: '/api/policies', sample: { title: 'One' }, title: 'title' },
  {
    name: 'items',
    path: '/api/market/items',
    sample: { name: 'One', category: 'home', provider: { name: 'North' } },
    title: 'name',
  },
];

let service: TestApp;

beforeAll(async () => {
  service = await startApp();
});

afterAll(() => service?.close());

describe.each(resources)('$name', ({ path, sample, title }) => {
  const post = (id: string | null, members: object = {}) =>
    service.request('POST', path, { body: { ...sample, id, ...members } });

  it('makes an id where null is given', async () => {
    const { status, body } = await post(null);
    expect(status).toBe(201);
    expect(body['id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    'tags=%00',
    'tags=a%00b',
    'asOf=9999-12-31T23:59:59-23:59',
    'asOf=9999-12-31T23:59:59-00:01',
    'asOf=0001-01-01T00:00:00%2B15:59',
    'asOf=2025-01-01T00:00:00%2B16:00',
  ])('refuses the parameter %s', async (query) => {
    const answer = await service.request('GET', `${path}?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
  });

  it('takes the first and the last instant, and the widest offsets', async () => {
    for (const instant of ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2025-01-01T00:00:00%2B15:59'])
      expect((await service.request('GET', `${path}?asOf=${instant}`)).status).toBe(200);
  });

  it('refuses query parameters and bodies that an operation does not read', async () => {
    await post('strict');
    const requests: [method: string, route: string][] = [
      ['POST', ''],
      ['PUT', '/strict'],
      ['DELETE', '/strict'],
      ['GET', '/strict/versions/1'],
      ['POST', '/strict/versions/1/restore'],
      ['POST', '/strict/restore'],
    ];
    for (const [method, route] of requests) {
      const body = route === '' || method === 'PUT' ? { ...sample } : undefined;
      const answer = await service.request(method, `${path}${route}?dryRun=true`, { ...(body && { body }) });
      expect(answer).toMatchObject({ status: 400, body: { code: 'unknown-parameter' } });
    }
    for (const [method, route] of requests.slice(4).concat([['DELETE', '/strict']])) {
      const answer = await service.request(method, `${path}${route}`, { body: { [title]: 'Lost' } });
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'validation-failed', errors: [{ pointer: `/${title}` }] },
      });
    }
    expect(await service.request('POST', `${path}/strict/restore`, { body: [] })).toMatchObject({
      status: 422,
    });
    expect(await service.request('POST', `${path}/strict/versions/1/restore`, { body: {} })).toMatchObject({
      status: 200,
      body: { version: 1 },
    });
  });

  it('refuses a change of a record that must not exist', async () => {
    await post('there');
    const put = (id: string, tag: string) =>
      service.request('PUT', `${path}/${id}`, {
        body: { [title]: 'Two' },
        headers: { 'If-None-Match': tag },
      });
    expect(await put('there', '*')).toMatchObject({ status: 412 });
    expect(await put('not-there', '*')).toMatchObject({ status: 404 });
    expect(await put('there', '"1.1"')).toMatchObject({ status: 400, body: { code: 'malformed-request' } });
    const remove = await service.request('DELETE', `${path}/there`, { headers: { 'If-None-Match': '*' } });
    expect(remove.status).toBe(412);
    expect((await service.request('GET', `${path}/there`)).body).toMatchObject({ version: 1 });
  });

  it('lets every writer through who names no version, whatever else of the record the body repeats', async () => {
    const { body } = await post('crowded');
    const { id, agency, createdAt, deleted } = body;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        service.request('PUT', `${path}/crowded`, {
          body: { id, agency, createdAt, deleted, [title]: `Writer ${n}` },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  });

  it('never answers 412 to those who name no version, but says what else is stale', async () => {
    const { body } = await post('echoed');
    const { version: _, ...echo } = body;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        service.request('PUT', `${path}/echoed`, { body: { ...echo, [title]: `Writer ${n}` } }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 422)]);
    expect(answers.find(({ status }) => status === 422)?.body).toMatchObject({
      code: 'read-only-member',
      errors: [{ pointer: '/updatedAt' }],
    });
  });

  it('answers the versions of a record that is not there with 404, on every page', async () => {
    await post('paged');
    await service.request('PUT', `${path}/paged`, { body: { [title]: 'Two' } });
    const first = await service.request('GET', `${path}/paged/versions?limit=1`);
    const { nextCursor } = first.body['page'] as { nextCursor: string };
    for (const [id, status] of [
      ['paged', 200],
      ['nope', 404],
    ] as const)
      expect(await service.request('GET', `${path}/${id}/versions?cursor=${nextCursor}`)).toMatchObject({
        status,
      });
  });
});

describe('a rule that the table has and the API does not know', () => {
  const context: RequestContext = {
    caller: { subject: 'ada', agency: 'hhs', scopes: new Set<string>(), kind: 'person' },
    requestId: 'r-1',
    route: 'POST /api/policies:merge',
    address: '127.0.0.1',
  };

  beforeAll(async () => {
    await service.request('POST', '/api/policies', { body: { id: 'old', title: 'Old' } });
    await service.request('PUT', '/api/policies/old', { body: { title: 'New', description: 'Newer' } });
    const pool = superuserPool(service.databases.names.policy);
    await pool.query(`ALTER TABLE policies ADD CHECK (title <> 'Old') NOT VALID`);
    await pool.end();
  });

  it('is answered with 422 where a version breaks it', async () => {
    expect(await service.request('POST', '/api/policies/old/versions/1/restore')).toMatchObject({
      status: 422,
      body: { code: 'validation-failed', detail: 'The content breaks a rule.' },
    });
  });

  it('is answered with 422 where a version lacks a value that is needed since', async () => {
    const pool = superuserPool(service.databases.names.policy);
    await pool.query(`UPDATE policies SET description = '' WHERE description IS NULL`);
    await pool.query(`ALTER TABLE policies ALTER description SET NOT NULL`);
    try {
      expect(await service.request('POST', '/api/policies/old/versions/1/restore')).toMatchObject({
        status: 422,
        body: { code: 'validation-failed', detail: 'A member that must have a value has none.' },
      });
    } finally {
      await pool.query(`ALTER TABLE policies ALTER description DROP NOT NULL`);
      await pool.end();
    }
  });

  it('is a problem also in a transaction of a module', async () => {
    const store = service.app.get<RecordStore<Policy>>(recordsToken(Policy), { strict: false });
    const work = store.transaction(context, (manager) =>
      manager.insert(Policy, { agency: 'hhs', id: 'merged', title: 'Old' }),
    );
    await expect(work).rejects.toMatchObject({ code: 'validation-failed' });
  });
});
