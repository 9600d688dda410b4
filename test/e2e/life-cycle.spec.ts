import { Pool } from 'pg';
import { marketItemResource } from '../../src/market/market.resource.js';
import { surviveLostConnections } from '../../src/platform/database/pg-pool.js';
import type { LifeCycle } from '../../src/platform/records/life-cycle/life-cycle.js';
import { policyResource } from '../../src/policy/policy.resource.js';
import { type Answer, startApp, type TestApp } from '../support/app.js';
import { tokens } from '../support/tokens.js';

const resources = [
  { resource: policyResource, path: '/api/policies', table: 'policies', sample: { title: 'One' } },
  { resource: marketItemResource, path: '/api/market/items', table: 'market_items', sample: { name: 'One' } },
];

describe.each(resources)('the life cycle of $path', ({ resource, path, table, sample }) => {
  const { transitions, initial } = resource.lifeCycle as LifeCycle;
  const statuses = Object.keys(transitions);
  const pairs = statuses.flatMap((from) => statuses.map((to) => [from, to] as const));
  let service: TestApp;
  let owner: Pool;

  beforeAll(async () => {
    service = await startApp();
    owner = new Pool({
      connectionString: service.databases.addresses[resource.database].migrationUrl,
      max: 1,
    });
    surviveLostConnections(owner);
  });

  afterAll(async () => {
    await owner?.end();
    await service?.close();
  });

  const request = (...parameters: Parameters<TestApp['request']>): Promise<Answer> =>
    service.request(...parameters);
  const transit = (id: string, to: string, subject = 'reviewer', headers: Record<string, string> = {}) =>
    request('POST', `${path}/${id}/transitions`, { subject, headers, body: { to } });
  /** A record in any state, as a database administrator can load it. */
  const load = async (id: string, status: string): Promise<void> => {
    const name = table === 'policies' ? 'title' : 'name';
    await owner.query(`INSERT INTO ${table} (agency, id, ${name}, status) VALUES ('hhs', $1, 'One', $2)`, [
      id,
      status,
    ]);
  };

  it('goes every way that it has, and no other', async () => {
    for (const [from, to] of pairs) {
      const id = `${from}.${to}`;
      await load(id, from);
      const { status, body } = await transit(id, to);
      const allowed = transitions[from]?.includes(to);
      expect({ id, status, body }).toMatchObject(
        allowed
          ? { id, status: 200, body: { status: to, version: 2 } }
          : { id, status: 409, body: { code: 'invalid-transition' } },
      );
      expect((await request('GET', `${path}/${id}`)).body).toMatchObject(
        allowed ? { status: to, version: 2 } : { status: from, version: 1 },
      );
    }
  });

  it('is the same for plain SQL', async () => {
    for (const [from, to] of pairs.filter(([from, to]) => from !== to)) {
      const id = `sql.${from}.${to}`;
      // Whoever loads a record has edited it, and could not review it.
      await load(id, from);
      await request('PUT', `${path}/${id}`, { body: { description: 'edited' }, subject: 'editor' });
      const refused = await owner.query(`UPDATE ${table} SET status = $1 WHERE id = $2`, [to, id]).then(
        () => undefined,
        (error: { code: string }) => error.code,
      );
      expect([id, refused]).toEqual([id, transitions[from]?.includes(to) ? undefined : 'HM008']);
    }
  });

  it('begins at its beginning', async () => {
    const made = await request('POST', path, { body: { ...sample, id: 'begun', status: initial } });
    expect(made).toMatchObject({ status: 201, body: { status: initial } });
    for (const status of statuses.filter((each) => each !== initial))
      expect(await request('POST', path, { body: { ...sample, status } })).toMatchObject({
        status: 422,
        body: { code: 'validation-failed', errors: [{ pointer: '/status' }] },
      });
  });

  it('begins nowhere else for the login of the service, in SQL of its own too', async () => {
    const login = new Pool({ connectionString: service.databases.addresses[resource.database].url, max: 1 });
    const name = table === 'policies' ? 'title' : 'name';
    try {
      for (const status of statuses.filter((each) => each !== initial))
        await expect(
          login.query(`INSERT INTO ${table} (agency, id, ${name}, status) VALUES ('hhs', $1, 'One', $2)`, [
            `late.${status}`,
            status,
          ]),
        ).rejects.toMatchObject({
          code: 'HM008',
          message: expect.stringContaining(`begins as ${initial}`) as string,
        });
    } finally {
      await login.end();
    }
  });

  it('is left alone by PUT, which takes the status as it was read', async () => {
    const id = 'put';
    await load(id, initial);
    const put = (body: object) => request('PUT', `${path}/${id}`, { body });
    const other = statuses.find((each) => each !== initial);
    for (const body of [{ status: other }, { status: other, description: 'x' }])
      expect(await put(body)).toMatchObject({
        status: 422,
        body: {
          code: 'read-only-member',
          errors: [{ pointer: '/status', detail: expect.stringContaining('/transitions') as string }],
        },
      });
    expect(await put({ status: null })).toMatchObject({ status: 422 });
    expect(await put({ status: 'else' })).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
    expect(await put({ status: initial })).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await put({ status: initial, description: 'x' })).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
  });

  it('answers what it cannot find or read, and holds to If-Match', async () => {
    const [to = ''] = transitions[initial] ?? [];
    await load('guarded', initial);
    expect(await transit('nowhere', to)).toMatchObject({ status: 404 });
    expect(await transit('guarded', 'else')).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/to' }] },
    });
    expect(await transit('guarded', to, 'reviewer', { 'If-Match': '"7.1"' })).toMatchObject({ status: 412 });
    const scopes = [`${resource.name}:read`];
    const body = { to };
    expect(await request('POST', `${path}/guarded/transitions`, { scopes, body })).toMatchObject({
      status: 403,
    });
    expect(await request('POST', `${path}/guarded/transitions`, { agency: 'epa', body })).toMatchObject({
      status: 404,
    });
    expect(await transit('guarded', to, 'reviewer', { 'If-Match': '"1.1"' })).toMatchObject({ status: 200 });
  });

  it('keeps the reason of a step with its version', async () => {
    const [to] = transitions[initial] ?? [];
    await load('reasoned', initial);
    await request('POST', `${path}/reasoned/transitions`, { body: { to, reason: 'season begins' } });
    const { body } = await request('GET', `${path}/reasoned/versions`);
    expect(body['items']).toMatchObject([{ reason: 'season begins', changed: ['status'] }, { version: 1 }]);
  });

  it('stays where it is when an older content, or a deleted record, comes back', async () => {
    const [to = ''] = transitions[initial] ?? [];
    await load('restored', initial);
    await transit('restored', to);
    const older = await request('POST', `${path}/restored/versions/1/restore`);
    expect(older).toMatchObject({ status: 200, body: { status: to, version: 2 } });
    await request('DELETE', `${path}/restored`);
    expect(await request('POST', `${path}/restored/versions/1/restore`)).toMatchObject({
      body: { status: to, version: 4 },
    });
  });
});

describe('four eyes on a policy', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(() => service?.close());

  const transit = (id: string, to: string, subject: string) =>
    service.request('POST', `/api/policies/${id}/transitions`, { subject, body: { to } });
  const edit = (id: string, subject: string, description: string) =>
    service.request('PUT', `/api/policies/${id}`, { subject, body: { description } });
  const make = (id: string, subject: string) =>
    service.request('POST', '/api/policies', { subject, body: { id, title: 'One' } });

  it('let nobody approve or publish what they edited last', async () => {
    await make('a', 'ada');
    expect((await transit('a', 'in_review', 'ada')).status).toBe(200);
    const own = await transit('a', 'approved', 'ada');
    expect(own).toMatchObject({ status: 409, body: { code: 'separation-of-duties' } });
    expect((await transit('a', 'approved', 'bob')).status).toBe(200);
    expect((await transit('a', 'published', 'ada')).status).toBe(409);
    expect((await transit('a', 'published', 'bob')).status).toBe(200);
    expect((await service.request('GET', '/api/policies/a')).body).toMatchObject({
      status: 'published',
      version: 4,
    });
  });

  it('look at who edited last, not at who took the last step', async () => {
    await make('b', 'ada');
    await edit('b', 'bob', 'by bob');
    await transit('b', 'in_review', 'carol');
    await transit('b', 'draft', 'dan');
    await transit('b', 'in_review', 'eve');
    expect((await transit('b', 'approved', 'bob')).status).toBe(409);
    expect((await transit('b', 'approved', 'ada')).status).toBe(200);
    await edit('b', 'ada', 'after the approval');
    expect((await transit('b', 'published', 'ada')).status).toBe(409);
    expect((await transit('b', 'published', 'bob')).status).toBe(200);
  });

  it('count whoever acts on behalf of a person, and that person, as one', async () => {
    await make('c', 'ada');
    await transit('c', 'in_review', 'ada');
    const token = tokens(service.dataDirectory).forge({
      claims: { agency: 'hhs', scope: 'policies:write', sub: 'ada', act: { sub: 'helper' } },
    });
    const headers = { Authorization: `Bearer ${token}` };
    const approve = () =>
      service.request('POST', '/api/policies/c/transitions', { headers, body: { to: 'approved' } });
    expect(await approve()).toMatchObject({ status: 409, body: { code: 'separation-of-duties' } });
    await edit('c', 'bob', 'by bob');
    expect((await approve()).status).toBe(200);
  });

  it('hold for plain SQL, also where one statement edits and approves', async () => {
    await make('d', 'ada');
    await transit('d', 'in_review', 'ada');
    const owner = new Pool({ connectionString: service.databases.addresses.policy.migrationUrl, max: 1 });
    surviveLostConnections(owner);
    try {
      const approve = (set = '') =>
        owner.query(`UPDATE policies SET status = 'approved'${set} WHERE id = 'd'`);
      await expect(approve(`, summary = 'mine'`)).rejects.toMatchObject({ code: 'HM009' });
      await owner.query(`UPDATE policies SET summary = 'mine' WHERE id = 'd'`);
      await expect(approve()).rejects.toMatchObject({ code: 'HM009' });
      await edit('d', 'ada', 'by ada');
      await approve();
    } finally {
      await owner.end();
    }
  });
});
