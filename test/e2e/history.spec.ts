import { type Answer, startApp, type TestApp } from '../support/app.js';
import { until } from '../support/gate.js';
import { superuserPool } from '../support/cluster.js';

const resources = [
  {
    name: 'policies',
    path: '/api/policies',
    database: 'policy' as const,
    table: 'policies',
    sample: { title: 'One' },
  },
  {
    name: 'items',
    path: '/api/market/items',
    database: 'market' as const,
    table: 'market_items',
    sample: { name: 'One', category: 'home', provider: { name: 'North' } },
  },
];

type Version = { version: number; action: string; changed: string[] };

describe.each(resources)('the history of $name', ({ name, path, database, table, sample }) => {
  let service: TestApp;
  const request = (...parameters: Parameters<TestApp['request']>): Promise<Answer> =>
    service.request(...parameters);
  const post = (id: string, members: object = {}) =>
    request('POST', path, { body: { ...sample, id, ...members } });
  const put = (id: string, body: object, headers: Record<string, string> = {}) =>
    request('PUT', `${path}/${id}`, { body, headers });
  const versionsOf = async (id: string, query = '') =>
    (await request('GET', `${path}/${id}/versions${query}`)).body as {
      items: Version[];
      page: { nextCursor: string | null };
    };

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(() => service?.close());

  it('lists versions newest first: who, when, why and what changed', async () => {
    await post('listed');
    await put('listed', { description: 'a', tags: ['x'] }, { 'Change-Reason': 'annual review' });
    await request('DELETE', `${path}/listed`);
    const { items, page } = await versionsOf('listed');
    expect(page).toEqual({ limit: 25, nextCursor: null });
    expect(items).toMatchObject([
      { version: 3, action: 'deleted', changed: ['deleted'] },
      {
        version: 2,
        action: 'updated',
        changed: ['description', 'tags'],
        reason: 'annual review',
        actor: 'tester',
      },
      { version: 1, action: 'created', kind: 'person', reason: null },
    ]);
  });

  it('pages through many versions, each once, and names what the last of a page changed', async () => {
    await post('paged');
    for (let n = 0; n < 6; n++) await put('paged', { description: `v${n}` });
    const seen: Version[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { items, page } = await versionsOf('paged', `?limit=3${cursor && `&cursor=${cursor}`}`);
      seen.push(...items);
      cursor = page.nextCursor;
    }
    expect(seen.map(({ version }) => version)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(seen.slice(0, 6).every(({ changed }) => changed.join() === 'description')).toBe(true);
    expect(await request('GET', `${path}/paged/versions?cursor=forged`)).toMatchObject({ status: 400 });
    expect(await request('GET', `${path}/paged/versions?colour=red`)).toMatchObject({
      status: 400,
      body: { code: 'unknown-parameter' },
    });
  });

  it('answers each version as it was, to be kept for ever', async () => {
    const first = await post('kept');
    const second = await put('kept', { description: 'later' });
    const answer = await request('GET', `${path}/kept/versions/1`);
    expect(answer.text).toBe(first.text);
    expect(answer.headers.get('etag')).toBe('"1.1"');
    expect(answer.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
    expect((await request('GET', `${path}/kept/versions/2`)).text).toBe(second.text);
    const cached = await request('GET', `${path}/kept/versions/1`, { headers: { 'If-None-Match': '"1.1"' } });
    expect(cached.status).toBe(304);
    for (const version of ['3', '0', '-1', 'x', '99999999999'])
      expect((await request('GET', `${path}/kept/versions/${version}`)).status).toBe(404);
  });

  it('compares versions as JSON Patch and for reading', async () => {
    await post('compared', { description: 'a', tags: ['x'] });
    await put('compared', { description: null });
    await put('compared', { tags: ['x', 'y'] });
    const diff = await request('GET', `${path}/compared/versions/3/diff?against=1`);
    expect(diff.body).toMatchObject({ from: 1, to: 3 });
    const changes = diff.body['changes'] as { path: string }[];
    expect(changes.filter((change) => !/version|updatedAt/.test(change.path))).toEqual([
      { path: '/description', before: 'a', after: null },
      { path: '/tags', before: ['x'], after: ['x', 'y'] },
    ]);
    expect(diff.body['patch']).toContainEqual({ op: 'replace', path: '/tags', value: ['x', 'y'] });
    const last = await request('GET', `${path}/compared/versions/3/diff`);
    expect(last.body).toMatchObject({ from: 2, to: 3 });
    const first = await request('GET', `${path}/compared/versions/1/diff`);
    expect(first.body['patch']).toContainEqual({ op: 'add', path: '/id', value: 'compared' });
    expect((await request('GET', `${path}/compared/versions/3/diff?against=9`)).status).toBe(404);
  });

  it('gives a record the content of an older version, as a new one', async () => {
    await post('returned', { description: 'first', tags: ['x'] });
    await put('returned', { description: 'second', tags: [], status: 'draft' });
    const stale = await request('POST', `${path}/returned/versions/1/restore`, {
      headers: { 'If-Match': '"1.1"' },
    });
    expect(stale.status).toBe(412);
    const { status, body } = await request('POST', `${path}/returned/versions/1/restore`, {
      headers: { 'If-Match': '"2.1"', 'Change-Reason': 'published too early' },
    });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { description: 'first', tags: ['x'], version: 3 },
    });
    expect((await versionsOf('returned')).items[0]).toMatchObject({
      action: 'updated',
      reason: 'published too early',
    });
    expect((await request('POST', `${path}/returned/versions/9/restore`)).status).toBe(404);
  });

  it('carries numbers that JavaScript cannot hold, which plain SQL has stored', async () => {
    await post('exact');
    const pool = superuserPool(service.databases.names[database]);
    const store = (numbers: string) =>
      pool.query(`UPDATE ${table} SET custom_fields = $1::jsonb WHERE id = 'exact'`, [numbers]);
    const large = `1${'0'.repeat(400)}`;
    await store(`{"id": 9007199254740993, "large": ${large}, "exact": 0.1234567890123456789}`);
    await store(`{"id": 9007199254740992, "large": ${large}1, "exact": 0.1234567890123456789}`);
    await pool.end();
    const { items } = await versionsOf('exact');
    expect(items[0]?.changed).toEqual(['customFields']);
    const { text } = await request('GET', `${path}/exact/versions/3/diff`);
    expect(text).toContain(`{"path":"/customFields/id","before":9007199254740993,"after":9007199254740992}`);
    expect(text).toContain(`{"path":"/customFields/large","before":${large},"after":${large}1}`);
    expect(text).toContain(`{"op":"replace","path":"/customFields/large","value":${large}1}`);
    expect(text).not.toContain('/exact"');
    const restored = await request('POST', `${path}/exact/versions/2/restore`);
    expect(restored.status).toBe(200);
    for (const number of ['"id": 9007199254740993', `"large": ${large}`, '"exact": 0.1234567890123456789'])
      expect(restored.text).toContain(number);
  });

  it('lets a deleted record live again, and continues its versions', async () => {
    await post('revived', { description: 'first' });
    await put('revived', { description: 'second' });
    expect(await request('POST', `${path}/revived/restore`)).toMatchObject({
      status: 409,
      body: { code: 'not-deleted' },
    });
    await request('DELETE', `${path}/revived`);
    expect(
      (await request('POST', `${path}/revived/restore`, { headers: { 'If-Match': '"2.1"' } })).status,
    ).toBe(412);
    const revived = await request('POST', `${path}/revived/restore`, { headers: { 'If-Match': '"3.1"' } });
    expect(revived).toMatchObject({
      status: 200,
      body: { description: 'second', version: 4, deleted: false },
    });
    await request('DELETE', `${path}/revived`);
    const older = await request('POST', `${path}/revived/versions/1/restore`);
    expect(older).toMatchObject({ status: 200, body: { description: 'first', version: 6 } });
    expect((await versionsOf('revived')).items.map(({ action }) => action)).toEqual([
      'restored',
      'deleted',
      'restored',
      'deleted',
      'updated',
      'created',
    ]);
    expect((await request('POST', `${path}/nowhere/restore`)).status).toBe(404);
  });

  it('reads a record as of any instant', async () => {
    const instants: string[] = [];
    const made = await post('timed');
    instants.push(String(made.body['createdAt']));
    // More than one look at the log finds.
    for (let n = 2; n <= 70; n++)
      instants.push(String((await put('timed', { description: `v${n}` })).body['updatedAt']));
    await request('DELETE', `${path}/timed`);
    const asOf = (instant: string) => request('GET', `${path}/timed?asOf=${encodeURIComponent(instant)}`);
    const some = [...instants.entries()].filter(([index]) => index % 5 === 0);
    for (const [index, instant] of some)
      expect(await asOf(instant)).toMatchObject({ status: 200, body: { version: index + 1 } });
    for (const [index, instant] of some.slice(1))
      expect((await asOf(aMicrosecondBefore(instant))).body).toMatchObject({ version: index });
    expect((await asOf(aMicrosecondBefore(instants[0] ?? ''))).status).toBe(404);
    expect((await asOf('2001-01-01T00:00:00+02:00')).status).toBe(404);
    for (const instant of ['yesterday', '2025-01-01', '2025-01-01T00:00:00', '2025-02-30T00:00:00Z'])
      expect(await asOf(instant)).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
  });

  it('lists the records as of an instant, with the values and the deletions of then', async () => {
    const agency = 'past';
    const write = (method: string, id: string, body?: object) =>
      request(method, method === 'POST' ? path : `${path}/${id}`, { agency, ...(body && { body }) });
    await write('POST', 'a', { ...sample, id: 'a', tags: ['old'] });
    const b = await write('POST', 'b', { ...sample, id: 'b', tags: ['old'] });
    const then = encodeURIComponent(String(b.body['createdAt']));
    await write('PUT', 'a', { tags: ['new'] });
    await write('DELETE', 'b');
    await write('POST', 'c', { ...sample, id: 'c' });
    const list = async (query: string) =>
      (
        (await request('GET', `${path}?${query}`, { agency })).body['items'] as {
          id: string;
          version: number;
        }[]
      ).map(({ id, version }) => `${id}${version}`);
    expect(await list('')).toEqual(['a2', 'c1']);
    expect(await list(`asOf=${then}`)).toEqual(['a1', 'b1']);
    expect(await list(`asOf=${then}&tags=old`)).toEqual(['a1', 'b1']);
    expect(await list(`asOf=${then}&tags=new`)).toEqual([]);
    expect(await list(`asOf=${then}&status=draft&limit=1`)).toEqual(['a1']);
  });

  it('marks a past as provisional while a transaction that may still change it is open', async () => {
    const made = await post('open');
    const instant = encodeURIComponent(String(made.body['createdAt']));
    const later = encodeURIComponent(new Date(Date.now() + 3_600_000).toISOString());
    const provisional = async (asOf: string) =>
      (await request('GET', `${path}/open?asOf=${asOf}`)).headers.get('provisional');
    const pool = superuserPool(service.databases.names[database]);
    const writer = await pool.connect();
    try {
      expect(await provisional(instant)).toBeNull();
      expect(await provisional(later)).toBe('true');
      await writer.query('BEGIN');
      await writer.query(`UPDATE ${table} SET description = 'open' WHERE id = 'open'`);
      const now = encodeURIComponent(new Date().toISOString());
      expect(await provisional(now)).toBe('true');
      expect((await request('GET', `${path}?asOf=${now}`)).headers.get('provisional')).toBe('true');
      await writer.query('COMMIT');
      expect(await provisional(now)).toBeNull();
    } finally {
      writer.release(true);
      await pool.end();
    }
  });

  it('marks it too while a statement has given instants and not yet written its changes', async () => {
    for (const id of ['row-1', 'row-2']) await post(id);
    const pool = superuserPool(service.databases.names[database]);
    const [holder, writer] = [await pool.connect(), await pool.connect()];
    try {
      await holder.query('BEGIN');
      await holder.query(`SELECT FROM ${table} WHERE id = 'row-2' FOR UPDATE`);
      // The first row has its instant; the second one waits, and the changes of both are written after it.
      const written = writer.query(`UPDATE ${table} SET description = 'both' WHERE id IN ('row-1', 'row-2')`);
      await until('the writer waits', async () => {
        const { rows } = await pool.query(
          `SELECT FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')`,
        );
        return rows.length > 0;
      });
      const now = encodeURIComponent(new Date().toISOString());
      const read = async () => (await request('GET', `${path}/row-1?asOf=${now}`)).headers.get('provisional');
      expect(await read()).toBe('true');
      await holder.query('COMMIT');
      await written;
      expect(await read()).toBeNull();
    } finally {
      holder.release(true);
      writer.release(true);
      await pool.end();
    }
  });

  it('shows nothing of another agency, deleted or not', async () => {
    await post('secret');
    await put('secret', { description: 'hidden' });
    const routes = [
      ['GET', 'versions'],
      ['GET', 'versions/1'],
      ['GET', 'versions/2/diff'],
      ['POST', 'versions/1/restore'],
      ['POST', 'restore'],
    ] as const;
    const asForeign = (id: string, method: string, route: string) =>
      request(method, `${path}/${id}/${route}`, { agency: 'epa' });
    for (const [method, route] of routes) {
      const foreign = await asForeign('secret', method, route);
      const missing = await asForeign('absent', method, route);
      expect(foreign.status).toBe(404);
      expect(foreign.text.replaceAll('secret', '').replace(/"requestId":"[^"]*"/, '')).toBe(
        missing.text.replaceAll('absent', '').replace(/"requestId":"[^"]*"/, ''),
      );
    }
    const past = encodeURIComponent(new Date(Date.now() + 1000).toISOString());
    expect((await request('GET', `${path}/secret?asOf=${past}`, { agency: 'epa' })).status).toBe(404);
    expect((await request('GET', `${path}?asOf=${past}`, { agency: 'epa' })).body['items']).toEqual([]);
  });

  it('wants the scope of the verb', async () => {
    await post('scoped');
    const status = async (method: string, route: string, scope: string) =>
      (await request(method, `${path}/scoped/${route}`, { scopes: [`${name}:${scope}`] })).status;
    for (const route of ['versions', 'versions/1', 'versions/1/diff']) {
      expect(await status('GET', route, 'read')).toBe(200);
      expect(await status('GET', route, 'write')).toBe(403);
    }
    for (const route of ['versions/1/restore', 'restore'])
      expect(await status('POST', route, 'read')).toBe(403);
  });
});

/** Instants of versions have six digits of fraction, which a Date cannot hold. */
function aMicrosecondBefore(instant: string): string {
  const [seconds = '', fraction = ''] = instant.split(/[.Z]/);
  if (Number(fraction) > 0) return `${seconds}.${String(Number(fraction) - 1).padStart(6, '0')}Z`;
  return `${new Date(Date.parse(`${seconds}Z`) - 1000).toISOString().slice(0, 19)}.999999Z`;
}
