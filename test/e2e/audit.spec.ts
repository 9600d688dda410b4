import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Pool } from 'pg';
import { createApp } from '../../src/app.js';
import { readSettings } from '../../src/platform/config/read-settings.js';
import { StartupError } from '../../src/platform/config/startup.error.js';
import { createLogger } from '../../src/platform/http/logging/logger.js';
import { startApp, type TestApp } from '../support/app.js';
import { exportTrail, seedTrail } from '../support/audit-trail.js';
import { createDatabases, superuserPool } from '../support/cluster.js';
import { describeAuditExport } from '../support/describe-audit-export.js';
import { until } from '../support/gate.js';
import { tokens } from '../support/tokens.js';

type Entry = Record<string, string | number | null>;

const reader = ['audit:read'];
const platform = ['audit:read', 'platform:audit'];

/** Follows the pages of a list to its end. */
async function readAll(service: TestApp, query: string, agency?: string, scopes = reader): Promise<Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const path = `/api/audit?${query}${cursor && `&cursor=${cursor}`}`;
    const { status, body } = await service.request('GET', path, { ...(agency && { agency }), scopes });
    expect(status).toBe(200);
    const { items, page } = body as { items: Entry[]; page: { nextCursor: string | null } };
    entries.push(...items);
    cursor = page.nextCursor;
  }
  return entries;
}

/** Waits for the entries of a query, which are written behind the requests. */
async function eventually(
  service: TestApp,
  query: string,
  agency?: string,
  scopes = reader,
): Promise<Entry[]> {
  let found: Entry[] = [];
  await until(`there are entries for ${query}`, async () => {
    found = await readAll(service, query, agency, scopes);
    return found.length > 0;
  });
  return found;
}

describe('the audit trail', () => {
  let service: TestApp;
  const write = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    service.request(method, path, { ...(body && { body }), headers });

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(() => service?.close());

  it('says of a change who made it, when, from where, in which request and why', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const made = await write(
      'POST',
      '/api/policies',
      { id: 'told', title: 'One' },
      {
        'Change-Reason': 'new law',
        'X-Request-Id': 'request-7',
        traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      },
    );
    const answer = await service.request('GET', '/api/audit?record=told', { scopes: reader });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({
      items: [
        {
          occurredAt: made.body['updatedAt'],
          action: 'policy.created',
          outcome: 'success',
          resource: 'policies',
          recordId: 'told',
          version: 1,
          agency: 'hhs',
          actor: 'tester',
          kind: 'person',
          client: null,
          onBehalfOf: null,
          login: 'hms_app',
          application: null,
          requestId: 'request-7',
          traceId,
          route: 'POST /api/policies',
          address: '127.0.0.1',
          reason: 'new law',
        },
      ],
      page: { limit: 25, nextCursor: null },
    });
  });

  it('holds its own reads and exports, with what was asked for', async () => {
    await readAll(service, 'actor=somebody');
    await (await exportTrail(service, 'actor=somebody&format=csv')).text();
    // Events are written in their order: with the later one there, the earlier one is too.
    expect(await eventually(service, 'action=audit.exported')).toContainEqual(
      expect.objectContaining({
        reason: 'format=csv&actor=somebody',
        route: 'GET /api/audit:export',
      }),
    );
    expect(await readAll(service, 'action=audit.read')).toContainEqual(
      expect.objectContaining({
        actor: 'tester',
        reason: 'limit=25&actor=somebody',
        route: 'GET /api/audit',
      }),
    );
  });

  it('says of plain SQL which login and which program made the change', async () => {
    const owner = new Pool({
      connectionString: service.databases.addresses.market.migrationUrl,
      application_name: 'repair script',
    });
    await owner.query(
      "INSERT INTO market_items (agency, id, name, category, provider) VALUES ('hhs', 'sql', 'One', 'home', '{\"name\":\"North\"}')",
    );
    await owner.end();
    expect(await readAll(service, 'record=sql')).toMatchObject([
      {
        action: 'item.created',
        actor: 'login:hms_owner',
        login: 'hms_owner',
        application: 'repair script',
        requestId: null,
      },
    ]);
  });

  it('holds refused requests: the scope that was missing, never the token that was not accepted', async () => {
    const denied = await service.request('PUT', '/api/policies/told', {
      scopes: ['policies:read'],
      body: { title: 'x' },
    });
    expect(denied.status).toBe(403);
    expect(await eventually(service, 'action=access.denied&record=told')).toMatchObject([
      {
        outcome: 'denied',
        actor: 'tester',
        agency: 'hhs',
        resource: 'policies',
        recordId: 'told',
        route: 'PUT /api/policies/:id',
        requestId: denied.headers.get('x-request-id'),
        reason: 'This needs a token with the scope policies:write.',
      },
    ]);
    const forged = `${service.token().slice(0, -4)}AAAA`;
    await service.request('GET', '/api/policies/told', { headers: { Authorization: `Bearer ${forged}` } });
    const [failed] = await eventually(service, 'action=authentication.failed', 'hhs', platform);
    expect(failed).toMatchObject({
      outcome: 'failed',
      actor: null,
      agency: null,
      address: '127.0.0.1',
      reason: 'invalid signature',
    });
    // Nobody is proven, so it belongs to no agency.
    expect(await readAll(service, 'action=authentication.failed')).toEqual([]);
  });

  it('makes no entry of a request without any credential', async () => {
    const before = await readAll(service, 'category=security', 'hhs', platform);
    expect((await fetch(`${service.url}/api/policies`)).status).toBe(401);
    // Later than it, and in the same queue.
    await service.request('GET', '/api/policies/marker', { scopes: ['x'] });
    await eventually(service, 'action=access.denied&record=marker');
    const after = await readAll(service, 'category=security', 'hhs', platform);
    const failures = (entries: Entry[]) =>
      entries.filter(({ action }) => action === 'authentication.failed').length;
    expect(failures(after)).toBe(failures(before));
  });

  it('is filtered by resource, record, action, actor, kind of entry and time', async () => {
    await write('POST', '/api/policies', { id: 'f', title: 'One' });
    await write('PUT', '/api/policies/f', { title: 'Two' });
    const item = { id: 'f', name: 'One', category: 'home', provider: { name: 'North' } };
    await write('POST', '/api/market/items', item);
    await write('DELETE', '/api/policies/f');
    const found = async (query: string) => (await readAll(service, query)).map(({ action }) => action);
    expect(await found('record=f')).toEqual([
      'policy.deleted',
      'item.created',
      'policy.updated',
      'policy.created',
    ]);
    expect(await found('record=f&resource=items')).toEqual(['item.created']);
    expect(await found('record=f&action=policy.updated')).toEqual(['policy.updated']);
    expect(await found('record=f&action=policy.updated&resource=items')).toEqual([]);
    expect(await found('record=f&category=security')).toEqual([]);
    expect(await found('record=f&actor=tester&limit=1')).toHaveLength(4);
    expect(await found('actor=nobody')).toEqual([]);
    expect(new Set(await found('category=change&actor=login:hms_owner'))).toEqual(new Set(['item.created']));
    const [, , updated] = await readAll(service, 'record=f');
    const at = String(updated?.['occurredAt']);
    expect(await found(`record=f&from=${at}`)).toEqual(['policy.deleted', 'item.created', 'policy.updated']);
    expect(await found(`record=f&to=${at}&limit=1`)).toEqual(['policy.created']);
    expect(await found(`category=change&resource=policies&from=${at}&limit=1`)).toEqual([
      'policy.deleted',
      'policy.updated',
    ]);
  });

  it.each([
    ['colour=red', 'unknown-parameter'],
    ['limit=101', 'invalid-parameter'],
    ['action=policy.read', 'invalid-parameter'],
    ['action=everything', 'invalid-parameter'],
    ['resource=grants', 'invalid-parameter'],
    ['from=yesterday', 'invalid-parameter'],
    ['category=other', 'invalid-parameter'],
    ['record=a&record=b', 'invalid-parameter'],
    ['cursor=forged', 'invalid-parameter'],
    [
      `cursor=${Buffer.from('["2026-99-01T00:00:00.000000Z",1,1]').toString('base64url')}`,
      'invalid-parameter',
    ],
    ["actor=a' OR ''='&limit=1;SELECT 1", 'invalid-parameter'],
  ])('refuses %s with %s', async (query, code) => {
    const answer = await service.request('GET', `/api/audit?${query}`, { scopes: reader });
    expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('needs the scope audit:read, and platform:audit for other agencies', async () => {
    for (const path of ['/api/audit', '/api/audit:export']) {
      expect(await service.request('GET', path)).toMatchObject({ status: 403 });
      expect(await service.request('GET', path, { scopes: ['platform:audit'] })).toMatchObject({
        status: 403,
      });
      expect(await service.request('GET', `${path}?agency=nasa`, { scopes: reader })).toMatchObject({
        status: 403,
        body: { code: 'insufficient-scope', detail: 'This needs a token with the scope platform:audit.' },
      });
      expect((await service.request('HEAD', `${path}?agency=hhs`, { scopes: reader })).status).toBe(200);
    }
  });

  it('shows no agency anything of another one', async () => {
    const nasa = (method: string, path: string, scopes: string[], body?: object) =>
      service.request(method, path, { agency: 'nasa', scopes, ...(body && { body }) });
    await nasa('POST', '/api/policies', ['policies:write'], { id: 'told', title: 'Other' });
    await nasa('DELETE', '/api/policies/told', ['policies:read']);
    const own = await eventually(service, 'action=access.denied', 'nasa');
    expect(own).toHaveLength(1);
    const queries = [
      '',
      'record=told',
      'actor=tester',
      'resource=policies',
      'action=access.denied',
      'agency=hhs',
    ];
    for (const query of queries) {
      const seen = new Set((await readAll(service, query)).map(({ agency }) => agency));
      expect([...seen]).toEqual(['hhs']);
    }
    const exported = await (await exportTrail(service, '')).text();
    expect(exported).not.toContain('nasa');
    // A cursor is a place and carries no right.
    const page = await service.request('GET', '/api/audit?limit=1', { scopes: reader });
    const { nextCursor } = page.body['page'] as { nextCursor: string };
    const used = await service.request('GET', `/api/audit?cursor=${nextCursor}`, {
      agency: 'nasa',
      scopes: reader,
    });
    expect(JSON.stringify(used.body)).not.toContain('"hhs"');
    const all = await readAll(service, 'limit=100', 'gsa', platform);
    expect(all.map(({ agency }) => agency)).toEqual(expect.arrayContaining(['hhs', 'nasa', null]));
    const chosen = await readAll(service, 'agency=nasa', 'gsa', platform);
    expect(new Set(chosen.map(({ agency }) => agency))).toEqual(new Set(['nasa']));
  });

  it('is paged without losing or repeating anything while others write', async () => {
    const agency = 'paged';
    const scopes = ['policies:write', 'items:write'];
    const post = (id: string) =>
      Promise.all([
        service.request('POST', '/api/policies', { agency, scopes, body: { id, title: id } }),
        service.request('POST', '/api/market/items', {
          agency,
          scopes,
          body: { id, name: id, category: 'home', provider: { name: 'North' } },
        }),
      ]);
    for (let n = 0; n < 15; n += 1) await post(`before-${n}`);
    const reading = { done: false };
    const writer = (async () => {
      for (let n = 0; !reading.done; n += 1) await post(`during-${n}`);
    })();
    const seen = (await readAll(service, 'category=change&limit=4', agency)).map(
      ({ action, recordId }) => `${action} ${recordId}`,
    );
    reading.done = true;
    await writer;
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((name) => name.includes('before-'))).toHaveLength(30);
  });

  it('keeps entries of the same instant in one order, across databases', async () => {
    const agency = 'ties';
    for (const database of ['policy', 'market'] as const)
      await seedTrail(service, database, { agency, count: 20, actor: 'twin' });
    const whole = await readAll(service, 'category=change&limit=100', agency);
    expect(whole).toHaveLength(40);
    for (const query of ['category=change&limit=1', 'limit=3&actor=twin', 'category=change&limit=7'])
      expect(await readAll(service, query, agency)).toEqual(whole);
    expect(await readAll(service, 'limit=7&agency=ties&actor=twin', 'gsa', platform)).toEqual(whole);
  });

  it('finds what is rare by short pages, each of which costs little', async () => {
    const agency = 'rare';
    await seedTrail(service, 'policy', { agency, count: 1, actor: 'needle' });
    await seedTrail(service, 'policy', { agency, count: 3000, actor: 'hay' });
    await seedTrail(service, 'market', { agency, count: 1000, actor: 'hay' });
    const first = await service.request('GET', '/api/audit?actor=needle', { agency, scopes: reader });
    expect(first.body).toMatchObject({ items: [], page: { nextCursor: expect.any(String) as string } });
    expect(await readAll(service, 'actor=needle', agency)).toMatchObject([{ recordId: 'needle1' }]);
    expect(await readAll(service, 'actor=needle&agency=rare', 'gsa', platform)).toHaveLength(1);
    expect(await readAll(service, 'actor=needle', 'gsa', platform)).toHaveLength(1);
    expect(await readAll(service, 'actor=hay&limit=100', agency)).toHaveLength(4_000);
  });

  it('is exported as what the list shows', async () => {
    const query = 'category=change&agency=hhs';
    const listed = await readAll(service, `${query}&limit=100`);
    const ndjson = await exportTrail(service, query);
    expect(ndjson.headers.get('content-type')).toBe('application/x-ndjson');
    expect(ndjson.headers.get('cache-control')).toBe('no-store');
    const lines = (await ndjson.text()).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as Entry)).toEqual(listed);
    const csv = await exportTrail(service, `${query}&format=csv`);
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="audit.csv"');
    const [header, ...rows] = (await csv.text()).trimEnd().split('\r\n');
    expect(header).toBe(Object.keys(listed[0] ?? {}).join(','));
    expect(rows).toHaveLength(listed.length);
    expect(rows[0]?.split(',').slice(0, 2)).toEqual([listed[0]?.['occurredAt'], listed[0]?.['action']]);
  });

  it('is exported to spreadsheets without formulas', async () => {
    const reason = '=HYPERLINK("http://x";"y"), see';
    await write('POST', '/api/policies', { id: 'formula', title: 'One' }, { 'Change-Reason': reason });
    const text = await (await exportTrail(service, 'record=formula&format=csv')).text();
    expect(text).toContain(`,"'=HYPERLINK(""http://x"";""y""), see"\r\n`);
  });
});

describeAuditExport(60_000);

describe('the table of security events', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
    await service.request('GET', '/api/policies', { scopes: ['x'] });
    await eventually(service, 'action=access.denied');
  });

  afterAll(() => service?.close());

  const statements = [
    "UPDATE hms.security_events SET actor = 'somebody else'",
    'DELETE FROM hms.security_events',
    'TRUNCATE hms.security_events',
  ];

  it.each([
    ...statements,
    'ALTER TABLE hms.security_events DISABLE TRIGGER ALL',
    'DROP TABLE hms.security_events',
    `INSERT INTO hms.security_events (id, occurred_at, action, outcome, context, login)
     VALUES (gen_random_uuid(), now(), 'x', 'success', '{}', 'hms_owner')`,
  ])('lets the login of the service add rows and no more: %s', async (statement) => {
    const pool = new Pool({ connectionString: service.databases.addresses.policy.url });
    await expect(pool.query(statement)).rejects.toMatchObject({ code: '42501' });
    await pool.end();
  });

  it.each(statements)('cannot be changed by its owner either: %s', async (statement) => {
    const pool = new Pool({ connectionString: service.databases.addresses.policy.migrationUrl });
    await expect(pool.query(statement)).rejects.toMatchObject({ code: 'HM006' });
    await pool.end();
  });

  it('keeps its rows where triggers are off for replication', async () => {
    const pool = superuserPool(service.databases.names.policy);
    await expect(
      pool.query('SET session_replication_role = replica; DELETE FROM hms.security_events'),
    ).rejects.toMatchObject({ code: 'HM006' });
    await pool.end();
  });
});

describe('security events while PolicyDB cannot be had', () => {
  it('wait, without delaying or failing the request, and are written when it is back', async () => {
    const service = await startApp();
    const name = service.databases.names.policy;
    const pool = superuserPool('postgres');
    const sessions = async () => {
      const { rows } = await pool.query<{ pid: number }>(
        "SELECT pg_terminate_backend(pid) AS pid FROM pg_stat_activity WHERE datname = $1 AND application_name = 'hms-audit'",
        [name],
      );
      return rows.length;
    };
    try {
      await pool.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await until('nobody writes events', async () => (await sessions()) === 0);
      for (const id of ['first', 'second'])
        expect(await service.request('GET', `/api/policies/${id}`, { scopes: ['x'] })).toMatchObject({
          status: 403,
        });
      await pool.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await eventually(service, 'action=access.denied&record=second');
      const denied = await readAll(service, 'action=access.denied');
      expect(denied.map(({ recordId }) => recordId)).toEqual(['second', 'first']);
    } finally {
      await pool.end();
      await service.close();
    }
  });
});

describe('a flood of refused requests', () => {
  it('fills neither the disk nor the log with anything, least of all with tokens', async () => {
    const databases = await createDatabases();
    const dataDirectory = mkdtempSync(join(tmpdir(), 'hms-flood-'));
    const log: string[] = [];
    const destination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        log.push(chunk.toString());
        done();
      },
    });
    const app = await createApp({
      settings: readSettings({
        NODE_ENV: 'test',
        LOG_LEVEL: 'debug',
        DATA_DIR: dataDirectory,
        // The flood is to reach what lies behind the limit, too.
        RATE_LIMIT_ANONYMOUS: 'off',
      }),
      addresses: databases.addresses,
      logger: createLogger({ level: 'debug', destination }),
    });
    await app.listen(0, '127.0.0.1');
    const url = `${await app.getUrl()}/api/policies/123`;
    const marker = 'c2VjcmV0LW1hcmtlcg';
    const attempt = async (authorization: string) => {
      const { status } = await fetch(url, { headers: { Authorization: authorization } });
      return status;
    };
    const worker = async (name: number) => {
      for (let n = 0; n < 120; n += 1)
        expect(await attempt(`Bearer ${marker}.${name}.${marker}${n}`)).toBe(401);
    };
    await Promise.all(Array.from({ length: 25 }, (_, name) => worker(name)));
    const denied = tokens(dataDirectory).token('hhs', 'none');
    for (let n = 0; n < 100; n += 1) expect(await attempt(denied)).toBe(403);
    await app.close();
    const pool = superuserPool(databases.names.policy);
    const { rows } = await pool.query<{ action: string; agency: string; context: string; entry: string }>(
      'SELECT action, agency, context, e::text AS entry FROM hms.security_events e ORDER BY seq',
    );
    await pool.end();
    await databases.drop();
    rmSync(dataDirectory, { recursive: true });
    const count = (action: string) => rows.filter((row) => row.action === action).length;
    const summaries = rows.filter(({ action }) => action === 'events.suppressed');
    const suppressed = (action: string): number =>
      summaries
        .map(({ context }) => new RegExp(`(\\d+) more ${action} from`).exec(context)?.[1])
        .reduce((sum, number) => sum + Number(number ?? 0), 0);
    // One minute's worth, or two if the minute ended in between.
    expect(count('authentication.failed')).toBeLessThanOrEqual(120);
    expect(count('access.denied')).toBeLessThanOrEqual(60);
    expect(count('authentication.failed') + suppressed('authentication.failed')).toBe(3_000);
    expect(count('access.denied') + suppressed('access.denied')).toBe(100);
    expect(summaries.length).toBeLessThanOrEqual(4);
    const kept = rows.map(({ entry }) => entry).join('\n') + log.join('');
    expect(log.length).toBeGreaterThan(3_000);
    expect(kept).not.toContain(marker);
    expect(kept).not.toContain(denied.split('.')[2]);
  });
});

describe('REQUIRE_CHANGE_REASON', () => {
  it('keeps every write of the resource from going without a reason', async () => {
    const service = await startApp({ REQUIRE_CHANGE_REASON: 'policies' });
    const reason = { 'Change-Reason': 'law' };
    const request = (method: string, path: string, headers: Record<string, string>, body?: object) =>
      service.request(method, `/api/policies${path}`, { headers, ...(body && { body }) });
    try {
      const steps: [method: string, path: string, body?: object][] = [
        ['POST', '', { id: 'r', title: 'One' }],
        ['PUT', '/r', { title: 'Two' }],
        ['POST', '/r/versions/1/restore'],
        ['DELETE', '/r'],
        ['POST', '/r/restore'],
      ];
      for (const [method, path, body] of steps) {
        for (const headers of [{}, { 'Change-Reason': ' ' }])
          expect(await request(method, path, headers, body)).toMatchObject({
            status: 422,
            body: { code: 'change-reason-required' },
          });
        expect((await request(method, path, reason, body)).status).toBeLessThan(300);
      }
      expect((await request('GET', '/r', {})).body).toMatchObject({ version: 5, title: 'One' });
      const item = { name: 'One', category: 'home', provider: { name: 'North' } };
      expect(await service.request('POST', '/api/market/items', { body: item })).toMatchObject({
        status: 201,
      });
    } finally {
      await service.close();
    }
  });

  it('names a resource that the service has, or it does not start', async () => {
    const started = startApp({ REQUIRE_CHANGE_REASON: 'policies,grants' });
    await expect(started).rejects.toThrow(StartupError);
    await expect(started).rejects.toThrow(
      'REQUIRE_CHANGE_REASON names grants, which this service does not have; it has policies, items.',
    );
  });
});
