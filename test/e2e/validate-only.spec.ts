import type { Pool } from 'pg';
import type { RequestContext } from '../../src/platform/auth/request-context.js';
import { recordsToken } from '../../src/platform/records/inject-records.decorator.js';
import type { RecordStore } from '../../src/platform/records/record-store.js';
import { Policy } from '../../src/policy/policy.entity.js';
import { type Answer, type RequestOptions, startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { Receiver } from '../support/receiver.js';
import { secret } from '../support/sync-fixture.js';

describe('validateOnly', () => {
  let receiver: Receiver;
  let service: TestApp;
  let database: Pool;
  let market: Pool;

  beforeAll(async () => {
    receiver = await Receiver.start();
    service = await startApp({ SYNC_URL: receiver.url, SYNC_SECRET: secret });
    database = superuserPool(service.databases.names.policy);
    market = superuserPool(service.databases.names.market);
    for (const [id, code] of [
      ['kept', 'KEPT'],
      ['other', 'OTHER'],
    ])
      await service.request('POST', '/api/policies', { body: { id, code, title: 'Kept' } });
    await service.request('POST', '/api/policies', { body: { id: 'gone', title: 'Gone' } });
    await service.request('DELETE', '/api/policies/gone');
    const availability = { status: 'limited', quantity: 5 };
    await service.request('POST', '/api/market/items', { body: { id: 'item', name: 'Item', availability } });
  });

  afterAll(async () => {
    await database?.end();
    await market?.end();
    await service?.close();
    await receiver?.down();
  });

  const attempt = (method: string, path: string, options: RequestOptions = {}): Promise<Answer> =>
    service.request(method, `/api/${path}${path.includes('?') ? '' : '?validateOnly=true'}`, options);

  /** All that a write leaves behind. */
  const stored = async (): Promise<unknown[]> => {
    const leftBy = (table: string) =>
      `SELECT (SELECT json_agg(p ORDER BY id) FROM ${table} p) AS records,
         (SELECT json_agg(c ORDER BY seq) FROM hms.changes c) AS changes,
         (SELECT json_agg(json_build_array(record_id, latest_version) ORDER BY id) FROM hms.sync_cursors) AS cursors,
         (SELECT count(*) FROM hms.idempotency_keys) AS keys`;
    const policies = await database.query<Record<string, unknown>>(leftBy('policies'));
    const items = await market.query<Record<string, unknown>>(leftBy('market_items'));
    return [...policies.rows, ...items.rows];
  };

  const steps: [what: string, method: string, path: string, options: RequestOptions, expected: object][] = [
    [
      'a creation',
      'POST',
      'policies',
      { body: { id: 'new', title: 'New' } },
      { id: 'new', version: 1, title: 'New' },
    ],
    ['a PUT', 'PUT', 'policies/kept', { body: { title: 'Put' } }, { version: 2, title: 'Put', code: 'KEPT' }],
    [
      'a PATCH',
      'PATCH',
      'policies/kept',
      { body: { customFields: { a: { b: 1, c: null } } }, headers: { 'If-Match': '"1.1"' } },
      { version: 2, customFields: { a: { b: 1 } } },
    ],
    ['the same content', 'PUT', 'policies/kept', { body: { title: 'Kept' } }, { version: 1, title: 'Kept' }],
    [
      'a transition',
      'POST',
      'policies/kept/transitions',
      { body: { to: 'in_review' } },
      { status: 'in_review' },
    ],
    ['a restoration', 'POST', 'policies/gone/restore', {}, { version: 3, deleted: false }],
    ['that of a version', 'POST', 'policies/gone/versions/1/restore', {}, { version: 3, deleted: false }],
    [
      'an adjustment',
      'POST',
      'market/items/item/availability/adjust',
      { body: { by: -5 } },
      { version: 2, availability: { status: 'limited', quantity: 0 } },
    ],
  ];

  it.each(steps)(
    'says what the record would be after %s, and stores nothing',
    async (_, method, path, options, expected) => {
      const before = await stored();
      const headers = { ...options.headers, 'Idempotency-Key': 'tried', Prefer: 'wait=5' };
      const answer = await attempt(method, path, { ...options, headers });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject(expected);
      expect(answer.headers.get('validate-only')).toBe('true');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      for (const absent of ['etag', 'location', 'sync-status', 'idempotency-replayed'])
        expect(answer.headers.get(absent)).toBeNull();
      expect(await stored()).toEqual(before);
    },
  );

  it('answers errors as the write would, those of the database included', async () => {
    const before = await stored();
    const refusals: [method: string, path: string, options: RequestOptions, status: number, code: string][] =
      [
        ['POST', 'policies', { body: { id: 'kept', title: 'x' } }, 409, 'already-exists'],
        ['POST', 'policies', { body: { title: 'x', code: 'OTHER' } }, 409, 'not-unique'],
        ['POST', 'policies', { body: { title: '' } }, 422, 'validation-failed'],
        ['POST', 'policies', { body: { title: 'x', supersedes: 'absent' } }, 422, 'validation-failed'],
        ['PUT', 'policies/kept', { body: { code: 'OTHER' } }, 409, 'not-unique'],
        [
          'PUT',
          'policies/kept',
          { body: { effectiveFrom: '2026-02-01', effectiveTo: '2026-01-01' } },
          422,
          'validation-failed',
        ],
        ['PUT', 'policies/kept', { body: { title: 'x', version: 7 } }, 412, 'precondition-failed'],
        [
          'PATCH',
          'policies/kept',
          { body: { contact: { name: 'x' } }, headers: { 'If-Match': '"7.1"' } },
          412,
          'precondition-failed',
        ],
        ['PATCH', 'policies/absent', { body: { title: 'x' } }, 404, 'not-found'],
        ['POST', 'policies/kept/transitions', { body: { to: 'published' } }, 409, 'invalid-transition'],
        ['POST', 'policies/kept/restore', {}, 409, 'not-deleted'],
        ['POST', 'market/items/item/availability/adjust', { body: { by: -6 } }, 409, 'insufficient-quantity'],
        [
          'PUT',
          'policies/kept',
          { body: { title: 'x' }, scopes: ['policies:read'] },
          403,
          'insufficient-scope',
        ],
        ['PUT', 'policies/kept', { body: { title: 'x' }, agency: 'epa' }, 404, 'not-found'],
      ];
    for (const [method, path, options, status, code] of refusals) {
      const answer = await attempt(method, path, options);
      expect([path, answer.status, answer.body['code']]).toEqual([path, status, code]);
    }
    expect(await stored()).toEqual(before);
  });

  it('writes with false, and refuses what is neither', async () => {
    const write = await attempt('PUT', 'policies/other?validateOnly=false', { body: { title: 'Written' } });
    expect([write.status, write.body['version'], write.headers.get('validate-only')]).toEqual([200, 2, null]);
    for (const query of ['validateOnly=', 'validateOnly=1', 'validateOnly=true&validateOnly=true']) {
      const { status, body } = await attempt('PUT', `policies/other?${query}`, { body: { title: 'x' } });
      expect([status, body['code']]).toEqual([400, 'invalid-parameter']);
    }
    const unknown: [string, string][] = [
      ['DELETE', 'policies/other'],
      ['GET', 'policies/other'],
      ['GET', 'policies'],
      ['PUT', 'policies/other?validateOnly=true&other=1'],
    ];
    for (const [method, path] of unknown) {
      const options = method === 'PUT' ? { body: { title: 'x' } } : {};
      const { status, body } = await attempt(method, path, options);
      expect([status, body['code']]).toEqual([400, 'unknown-parameter']);
    }
    expect((await service.request('GET', '/api/policies/other')).body).toMatchObject({
      version: 2,
      title: 'Written',
    });
  });

  it('holds for what a module writes itself', async () => {
    const store = service.app.get<RecordStore<Policy>>(recordsToken(Policy), { strict: false });
    const context: RequestContext = {
      caller: { subject: 'ada', agency: 'hhs', scopes: new Set<string>(), kind: 'person' },
      requestId: 'r-1',
      route: 'POST /api/policies:merge',
      address: '127.0.0.1',
      validateOnly: true,
    };
    const before = await stored();
    const made = await store.transaction(context, async (manager) => {
      await manager.insert(Policy, { agency: 'hhs', id: 'module', title: 'One' });
      return manager.countBy(Policy, { agency: 'hhs', id: 'module' });
    });
    expect(made).toBe(1);
    expect(await stored()).toEqual(before);
  });
});
