import { createRequire } from 'node:module';
import fc from 'fast-check';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { Pool } from 'pg';
import { type Answer, startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';

const oracle = createRequire(import.meta.url)('json-merge-patch') as {
  apply(target: unknown, patch: unknown): unknown;
};

describe('PATCH', () => {
  let service: TestApp;
  let database: Pool;

  beforeAll(async () => {
    service = await startApp();
    database = superuserPool(service.databases.names.policy);
  });

  afterAll(async () => {
    await database?.end();
    await service?.close();
  });

  const make = async (id: string, members: object = {}): Promise<void> => {
    const body = { id, title: 'Heating', ...members };
    expect((await service.request('POST', '/api/policies', { body })).status).toBe(201);
  };
  const makeItem = async (id: string, members: object = {}): Promise<void> => {
    const body = { id, name: 'Check', ...members };
    expect((await service.request('POST', '/api/market/items', { body })).status).toBe(201);
  };
  const patch = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    service.request('PATCH', `/api/${path}`, {
      body,
      headers: { 'Content-Type': 'application/merge-patch+json', ...headers },
    });

  it('merges objects into the stored ones, and answers the whole record with its entity tag', async () => {
    const price = { type: 'fixed', amount: '10.00', currency: 'USD', unit: 'per visit' };
    await makeItem('merged', { price, tags: ['a', 'b'], provider: { name: 'North', phone: '+1 303 555' } });
    const { status, headers, body } = await patch('market/items/merged', {
      price: { amount: '12.50', unit: null },
      tags: ['c'],
      provider: { phone: null },
    });
    expect(status).toBe(200);
    expect(headers.get('etag')).toBe('"2.1"');
    expect(body).toMatchObject({
      version: 2,
      name: 'Check',
      price: { type: 'fixed', amount: '12.50', currency: 'USD' },
      tags: ['c'],
      provider: { name: 'North' },
    });
    expect(Object.keys(body['price'] as object)).toEqual(expect.not.arrayContaining(['unit']));
    expect((await service.request('GET', '/api/market/items/merged')).body).toEqual(body);
    // Next to it, a PUT replaces what it names.
    const put = await service.request('PUT', '/api/market/items/merged', {
      body: { price: { type: 'quote' } },
    });
    expect(put.body['price']).toEqual({ type: 'quote' });
  });

  it('reads application/json in the same way, and sets members of the record back with null', async () => {
    await make('json', {
      parameters: { limit: { unit: 'USD', values: [{ from: '2026-01-01', value: 1 }] } },
    });
    const body = { parameters: { limit: { unit: 'EUR' } }, contact: { name: 'Desk', phone: null } };
    const json = await patch('policies/json', body, { 'Content-Type': 'application/json; charset=utf-8' });
    expect(json.body).toMatchObject({
      parameters: { limit: { unit: 'EUR', values: [{ from: '2026-01-01', value: 1 }] } },
      contact: { name: 'Desk' },
    });
    const back = await patch('policies/json', { parameters: null, contact: null });
    expect(back.body).toMatchObject({ version: 3, parameters: {}, contact: null });
  });

  it('comes to what an independent implementation makes of the same patches', async () => {
    await make('oracle');
    let model: unknown = {};
    let version = 1;
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.constant(null),
        fc.integer(),
        fc.string(),
        tie('list'),
        tie('object'),
      ),
      list: fc.array(tie('any'), { maxLength: 2 }),
      object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'toString'), tie('any'), {
        noNullPrototype: true,
      }),
    }));
    await fc.assert(
      fc.asyncProperty(value.object, async (customFields) => {
        const before = model;
        model = oracle.apply(structuredClone(model), structuredClone(customFields));
        if (JSON.stringify(sorted(before)) !== JSON.stringify(sorted(model))) version += 1;
        const { status, body } = await patch('policies/oracle', { customFields });
        expect(status).toBe(200);
        expect(body['customFields']).toEqual(model);
        // What merges into the same content makes no version.
        expect(body['version']).toBe(version);
      }),
      { numRuns: 150, endOnFailure: true },
    );
  });

  it('validates what the record comes to, not the patch', async () => {
    await makeItem('checked', { price: { type: 'fixed', amount: '1.00', currency: 'USD' } });
    const partial = await patch('market/items/checked', { price: { type: 'free' } });
    expect([partial.status, partial.body['code']]).toEqual([422, 'validation-failed']);
    const whole = await patch('market/items/checked', {
      price: { type: 'free', amount: null, currency: null },
    });
    expect(whole.body).toMatchObject({ version: 2, price: { type: 'free' } });
    await makeItem('provided', { provider: { name: 'North' } });
    const missing = await patch('market/items/provided', { provider: { name: null } });
    expect(missing.body).toMatchObject({
      code: 'validation-failed',
      errors: [{ pointer: '/provider/name' }],
    });
    const unknown = await patch('market/items/provided', { provider: { nothing: 1 } });
    expect(unknown.body).toMatchObject({
      code: 'validation-failed',
      errors: [{ pointer: '/provider/nothing' }],
    });
    // Across members, the database judges the row.
    await make('dated', { effectiveFrom: '2026-05-01' });
    const before = await patch('policies/dated', { effectiveTo: '2026-04-01', customFields: { a: 1 } });
    expect(before.body).toMatchObject({ status: 422, errors: [{ pointer: '/effectiveTo' }] });
    expect((await service.request('GET', '/api/policies/dated')).body).toMatchObject({ version: 1 });
  });

  it.each([[[]], ['text'], [null], [1], [{}]])('refuses %j, which names no member', async (body) => {
    await service.request('POST', '/api/policies', { body: { id: 'whole', title: 'Heating' } });
    const answer = await patch('policies/whole', JSON.stringify(body));
    expect([answer.status, answer.body['code']]).toEqual([422, 'validation-failed']);
  });

  it('takes read-only members as they are, and a version or If-Match as the precondition', async () => {
    await make('readonly', { customFields: { a: 1 } });
    const { body } = await service.request('GET', '/api/policies/readonly');
    const same = await patch('policies/readonly', { ...body, customFields: { b: 2 } });
    expect(same.body).toMatchObject({ version: 2, customFields: { a: 1, b: 2 } });
    const stale = { customFields: { c: 3 } };
    expect((await patch('policies/readonly', { ...stale, version: 1 })).status).toBe(412);
    expect((await patch('policies/readonly', stale, { 'If-Match': '"1.1"' })).status).toBe(412);
    expect((await patch('policies/readonly', stale, { 'If-Match': '"2.1"' })).body['version']).toBe(3);
    for (const [member, value] of Object.entries({
      id: 'x',
      createdAt: {},
      deleted: { a: 1 },
      status: 'approved',
    })) {
      const refused = await patch('policies/readonly', { ...stale, [member]: value });
      expect(refused.body).toMatchObject({ code: 'read-only-member', errors: [{ pointer: `/${member}` }] });
    }
    expect((await patch('policies/readonly', { ...stale, version: { a: 1 } })).status).toBe(422);
    expect((await patch('policies/absent', stale)).status).toBe(404);
    const other = { body: stale, agency: 'epa' };
    expect((await service.request('PATCH', '/api/policies/readonly', other)).status).toBe(404);
  });

  it('keeps numbers of what it does not name that JavaScript cannot hold', async () => {
    await make('numbers');
    await database.query(
      `UPDATE policies SET custom_fields = '{"deep": {"long": 12345678901234567890.5}}' WHERE id = 'numbers'`,
    );
    expect((await patch('policies/numbers', { customFields: { deep: { other: 1 } } })).status).toBe(200);
    const { rows } = await database.query(
      `SELECT custom_fields #>> '{deep}' AS deep FROM policies WHERE id = 'numbers'`,
    );
    expect(rows).toEqual([{ deep: '{"long": 12345678901234567890.5, "other": 1}' }]);
  });

  it('lets no record grow beyond what can be sent at once', async () => {
    await make('growing');
    const text = 'x'.repeat(700 * 1024);
    expect((await patch('policies/growing', { customFields: { a: { text } } })).status).toBe(200);
    const second = await patch('policies/growing', { customFields: { a: { more: text } } });
    expect([second.status, second.body['code']]).toEqual([413, 'body-too-large']);
    expect(
      (await patch('policies/growing', { customFields: { a: { text: null, more: text } } })).status,
    ).toBe(200);
  });

  it('is described as what it is: a part of an object, where null removes a member', async () => {
    const document = (await service.request('GET', '/api/openapi.json')).body as unknown as OpenAPIObject;
    const body = document.paths['/api/market/items/{id}']?.patch?.requestBody;
    const schema = { $ref: '#/components/schemas/MarketItemPatch' };
    expect(body).toMatchObject({
      content: { 'application/merge-patch+json': { schema }, 'application/json': { schema } },
    });
    expect(document.components?.schemas).toMatchObject({
      MarketItemPatch: {
        properties: {
          name: { type: 'string' },
          provider: { anyOf: [{ $ref: '#/components/schemas/ProviderPatch' }, { type: 'null' }] },
        },
      },
      ProviderPatch: { properties: { name: { type: ['string', 'null'] } }, additionalProperties: false },
      Provider: { properties: { name: { type: 'string' } }, required: ['name'] },
    });
    expect(document.components?.schemas?.['ProviderPatch']).not.toHaveProperty('required');
  });

  it('says why, in the log', async () => {
    await make('reasoned');
    await patch('policies/reasoned', { contact: { name: 'Desk' } }, { 'Change-Reason': 'moved' });
    const { rows } = await database.query(
      `SELECT action, context::json ->> 'reason' AS reason, context::json ->> 'route' AS route
       FROM hms.changes WHERE record_id = 'reasoned' AND version = 2`,
    );
    expect(rows).toEqual([{ action: 'updated', reason: 'moved', route: 'PATCH /api/policies/:id' }]);
  });

  it.each(['text/plain', 'application/json-patch+json', ''])(
    'refuses a body of the type "%s" with 415 and Accept-Patch',
    async (type) => {
      const answer = await patch('policies/typed', { title: 'x' }, { 'Content-Type': type });
      expect([answer.status, answer.body['code']]).toEqual([415, 'unsupported-media-type']);
      expect(answer.headers.get('accept-patch')).toBe('application/merge-patch+json, application/json');
    },
  );

  it('loses no change that another writer makes between the look and the write', async () => {
    await make('raced', { customFields: { a: 1 } });
    const race = async (headers: Record<string, string>): Promise<Answer> => {
      const other = await database.connect();
      await other.query('BEGIN');
      await other.query(
        `UPDATE policies SET custom_fields = custom_fields || jsonb_build_object('other' || version, 1) WHERE id = 'raced'`,
      );
      const answer = patch('policies/raced', { customFields: { mine: 1, a: null } }, headers);
      await until('the patch waits for the other writer', async () => {
        const { rowCount } = await database.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        return rowCount === 1;
      });
      await other.query('COMMIT');
      other.release();
      return answer;
    };
    expect((await race({})).body).toMatchObject({ version: 3, customFields: { other1: 1, mine: 1 } });
    expect((await race({ 'If-Match': '"3.1"' })).status).toBe(412);
  });

  it('lets many patch the same object at once', async () => {
    await make('crowded');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => patch('policies/crowded', { customFields: { [`m${n}`]: n } })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const { body } = await service.request('GET', '/api/policies/crowded');
    expect(body['version']).toBe(21);
    expect(Object.keys(body['customFields'] as object)).toHaveLength(20);
  });
});

/** The same JSON with the members of objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, sorted(member)] as const);
  return Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
