import { type Answer, type RequestOptions, startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';

type Entry = Record<string, unknown> & { id: string };
interface Position {
  nextCursor: string | null;
  total?: { count: number; capped: boolean };
}

let service: TestApp;
const agency = 'lists';
const path = '/api/policies';

const get = (query: string, options: RequestOptions = {}): Promise<Answer> =>
  service.request('GET', `${path}?${query}`, { agency, ...options });
const entries = ({ body }: Answer): Entry[] => body['items'] as Entry[];
const ids = (answer: Answer): string[] => entries(answer).map(({ id }) => id);
const position = ({ body }: Answer): Position => body['page'] as Position;
const list = async (query: string, options?: RequestOptions): Promise<string[]> =>
  ids(await get(query, options));

async function post(id: string, members: object, options: RequestOptions = {}): Promise<Answer> {
  const made = await service.request('POST', path, {
    agency,
    body: { id, title: id, ...members },
    ...options,
  });
  expect(made.status).toBe(201);
  return made;
}

beforeAll(async () => {
  service = await startApp();
  await post('a', {
    code: 'SNAP-1',
    title: 'Food help',
    summary: 'Groceries for José.',
    programType: 'in_kind',
    effectiveFrom: '2025-01-01',
    effectiveTo: '2026-01-01',
    tags: ['food'],
  });
  await post('b', {
    code: 'SNAP-2',
    title: 'Heating help',
    description: 'Pays for heating oil and for food in winter.',
    programType: 'subsidy',
    effectiveFrom: '2026-01-01',
    tags: ['energy', 'food'],
    parameters: { limit: { unit: 'USD', values: [{ from: '2025-01-01', value: 1 }] } },
    rules: { fact: 'income', op: 'lt', param: 'limit' },
  });
  await post('c', { code: 'HEAT', title: 'Crisis help', programType: 'subsidy', effectiveTo: '2025-06-01' });
  await post('d', { title: 'Food help', tags: ['energy'] });
  await post('gone', { title: 'Food long gone', tags: ['food'] });
  await service.request('DELETE', `${path}/gone`, { agency });
  await service.request('POST', `${path}/b/transitions`, { agency, body: { to: 'in_review' } });
  await post('foreign', { title: 'Food of others', tags: ['food'], code: 'SNAP-1' }, { agency: 'others' });
});

afterAll(() => service.close());

describe('filters', () => {
  it.each([
    ['status=in_review', ['b']],
    ['status[in]=in_review,draft', ['a', 'b', 'c', 'd']],
    ['code=SNAP-1', ['a']],
    ['code[in]=SNAP-2,HEAT', ['b', 'c']],
    ['code[prefix]=SNAP', ['a', 'b']],
    ['code[prefix]=snap', []],
    ['code[prefix]=%25', []],
    ['title[prefix]=Food', ['a', 'd']],
    ['programType=subsidy&code[prefix]=H', ['c']],
    ['tags=food', ['a', 'b']],
    ['effectiveFrom=2025-01-01', ['a']],
    ['effectiveFrom[gt]=2025-01-01', ['b']],
    ['effectiveFrom[gte]=2025-01-01', ['a', 'b']],
    // No first day is before all days.
    ['effectiveFrom[lt]=2026-01-01', ['a', 'c', 'd']],
    ['effectiveFrom[lte]=2025-01-01&effectiveFrom[gte]=2025-01-01', ['a']],
    // No last day is after all days.
    ['effectiveTo[gt]=2025-06-01', ['a', 'b', 'd']],
    ['effectiveTo[lte]=2025-06-01', ['c']],
    ['effectiveOn=2025-05-31', ['a', 'c', 'd']],
    ['effectiveOn=2025-06-01', ['a', 'd']],
    ['effectiveOn=2026-01-01', ['b', 'd']],
    ['createdAt[gt]=2100-01-01T00:00:00Z', []],
    ['updatedAt[lte]=2100-01-01T00:00:00Z', ['a', 'b', 'c', 'd']],
    ["title[prefix]=' OR 1=1 --", []],
  ])('%s', async (query, expected) => {
    const answer = await get(query);
    expect(answer.status).toBe(200);
    expect(ids(answer)).toEqual(expected);
  });

  it.each([
    'tags=food&tags=energy',
    'status[in]=draft,unknown',
    'status[in]=draft,draft',
    'status[in]=',
    'code=',
    'effectiveFrom[gte]=2025-02-30',
    'effectiveOn=today',
    'createdAt[gt]=2025-01-01',
    `code[in]=${Array.from({ length: 51 }, (_, n) => `C${n}`).join(',')}`,
    'tags=%00',
    'total=yes',
    'sort=code',
    'sort=title;DROP TABLE policies',
    'sort=title,title',
    'sort=',
    'fields=*',
    'fields=search',
    `q=${'a'.repeat(201)}`,
    'q=',
  ])('refuses %s', async (query) => {
    expect(await get(query)).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
  });

  it.each([
    'search=x',
    'agency=others',
    'status[gt]=draft',
    'filter[status]=draft',
    'toString=x',
    '__proto__=x',
  ])('does not know %s, and names what there is', async (query) => {
    const { status, body } = await get(query);
    expect({ status, body }).toMatchObject({ status: 400, body: { code: 'unknown-parameter' } });
    expect(body['detail']).toContain(
      'use limit, cursor, asOf, includeDeleted, total, sort, fields, q, status,',
    );
  });

  it('finds items by the policies that they are offered under', async () => {
    const items = '/api/market/items';
    const body = { id: 'offer', name: 'Oil', category: 'home-energy', provider: { name: 'Northern' } };
    await service.request('POST', items, { agency, body: { ...body, policyIds: ['b'] } });
    await service.request('POST', items, { agency, body: { id: 'other', name: 'Wood' } });
    const found = async (query: string) => ids(await service.request('GET', `${items}?${query}`, { agency }));
    expect(await found('policyIds=b')).toEqual(['offer']);
    expect(await found('policyIds=a')).toEqual([]);
    expect(await found('category[prefix]=home')).toEqual(['offer']);
    expect(await found('q=northern')).toEqual(['offer']);
    expect(await found('sort=-name')).toEqual(['other', 'offer']);
  });
});

describe('sorts', () => {
  it.each([
    ['', ['a', 'b', 'c', 'd']],
    ['sort=-id', ['d', 'c', 'b', 'a']],
    ['sort=title', ['c', 'a', 'd', 'b']],
    ['sort=-title', ['b', 'd', 'a', 'c']],
    ['sort=title,-id', ['c', 'd', 'a', 'b']],
    ['sort=-createdAt', ['d', 'c', 'b', 'a']],
    ['sort=-updatedAt', ['b', 'd', 'c', 'a']],
    ['sort=effectiveFrom', ['c', 'd', 'a', 'b']],
    ['sort=-effectiveTo', ['d', 'b', 'a', 'c']],
    ['sort=-effectiveTo,title', ['d', 'b', 'a', 'c']],
    ['sort=title,-effectiveFrom', ['c', 'a', 'd', 'b']],
  ])('%s, on one page and on many', async (query, expected) => {
    expect(await list(query)).toEqual(expected);
    const seen: string[] = [];
    let next: string | undefined = `${path}?${query}&limit=1`;
    while (next !== undefined) {
      const answer: Answer = await service.request('GET', next, { agency });
      expect(answer.status).toBe(200);
      seen.push(...ids(answer));
      next = /^<(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(expected);
  });
});

describe('cursors', () => {
  const cursorOf = async (query: string): Promise<string> =>
    position(await get(`limit=1&${query}`)).nextCursor ?? '';

  it('belong to the agency, the filters, the sort and the search of their list', async () => {
    const cursor = await cursorOf('sort=title&title[prefix]=Food&q=help');
    const same = `q=help&title[prefix]=Food&sort=title&cursor=${cursor}`;
    expect(await list(same)).toEqual(['d']);
    // What is shown of the records is no part of the list.
    expect(await list(`${same}&limit=50&fields=code&total=true`)).toEqual(['d']);
    for (const query of [
      'sort=-title&title[prefix]=Food&q=help',
      'sort=title&title[prefix]=Heat&q=help',
      'sort=title&q=help',
      'sort=title&title[prefix]=Food&q=food',
      'sort=title&title[prefix]=Food&q=help&includeDeleted=true',
      '',
    ])
      expect(await get(`${query}&cursor=${cursor}`)).toMatchObject({
        status: 400,
        body: {
          code: 'invalid-parameter',
          detail: expect.stringContaining('cursor is of a list with other') as string,
        },
      });
    expect(await get(same, { agency: 'others' })).toMatchObject({ status: 400 });
    const items = await service.request('GET', `/api/market/items?cursor=${await cursorOf('')}`, { agency });
    expect(items.status).toBe(400);
  });

  it('are refused where their content is forged', async () => {
    const cursor = await cursorOf('sort=-updatedAt');
    const [[digest]] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string[]];
    const forged = (...place: unknown[]) =>
      get(
        `sort=-updatedAt&cursor=${Buffer.from(JSON.stringify([[digest, ...place]])).toString('base64url')}`,
      );
    expect((await forged('2100-01-01T00:00:00Z', 'zzz')).status).toBe(200);
    for (const place of [
      ['x', 'a'],
      ['2100-01-01'],
      ['2100-01-01', 'a', 'b'],
      [],
      [1, 2],
      ['2100-01-01', '\0'],
    ])
      expect(await forged(...place)).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
  });
});

describe('search', () => {
  it.each([
    // The title counts more than the description.
    ['q=food', ['d', 'a', 'b']],
    ['q=foods', ['d', 'a', 'b']],
    ['q=Jose', ['a']],
    ['q=josé', ['a']],
    ['q=food -oil', ['d', 'a']],
    ['q="heating oil"', ['b']],
    ['q="oil heating"', []],
    ['q=crisis or groceries', ['a', 'c']],
    ['q=-food', ['c']],
    ['q=snap-1', ['a']],
    ['q=food&sort=title', ['a', 'd', 'b']],
    ['q=food&tags=energy', ['d', 'b']],
    ['q=agency lists', []],
    // Words that are in every text, and none.
    ['q=the', []],
    ["q=a:*%26!()'\\", []],
  ])('%s', async (query, expected) => {
    const found = await list(query);
    // Equal ranks are by id, which says nothing here.
    if (query === 'q=crisis or groceries') found.sort();
    expect(found).toEqual(expected);
  });

  it('goes on after a page', async () => {
    const first = await get('q=food&limit=2');
    expect(ids(first)).toEqual(['d', 'a']);
    expect(await list(`q=food&limit=2&cursor=${position(first).nextCursor}`)).toEqual(['b']);
  });

  it('follows the texts, and leaves the words alone while they stay', async () => {
    await post('moving', { title: 'Walrus', description: 'x' }, { agency: 'words' });
    const change = (body: object) => service.request('PUT', `${path}/moving`, { agency: 'words', body });
    const find = (query: string) => list(query, { agency: 'words' });
    await change({ tags: ['sea'] });
    expect(await find('q=walrus')).toEqual(['moving']);
    await change({ title: 'Seal' });
    expect(await find('q=walrus')).toEqual([]);
    expect(await find('q=seals')).toEqual(['moving']);
  });
});

describe('fields', () => {
  it('leaves out large members unless they are named', async () => {
    const [entry] = entries(await get('code=SNAP-2'));
    const { body } = await service.request('GET', `${path}/b`, { agency });
    const { parameters, rules, ...summary } = body;
    expect(entry).toEqual(summary);
    expect(Object.keys(entry ?? {})).toEqual(Object.keys(summary));
    expect(entries(await get('code=SNAP-2&fields=rules,title'))).toEqual([
      { id: 'b', title: body['title'], rules },
    ]);
    expect(entries(await get('code=SNAP-2&fields=parameters'))).toEqual([{ id: 'b', parameters }]);
  });
});

describe('deleted records', () => {
  it('are listed for those who may restore them', async () => {
    const deleted = await get('includeDeleted=true&tags=food');
    expect(ids(deleted)).toEqual(['a', 'b', 'gone']);
    expect(entries(deleted).map((entry) => entry['deleted'])).toEqual([false, false, true]);
    expect(await list('includeDeleted=false&tags=food')).toEqual(['a', 'b']);
    expect(await list('includeDeleted=true&q=gone')).toEqual(['gone']);
    expect(await list('q=gone')).toEqual([]);
  });

  it('are not for those who may only read', async () => {
    const scopes = ['policies:read', 'items:write'];
    expect(await get('includeDeleted=true', { scopes })).toMatchObject({
      status: 403,
      body: { code: 'insufficient-scope', detail: expect.stringContaining('policies:write') as string },
    });
    expect(await get('includeDeleted=false', { scopes })).toMatchObject({ status: 200 });
  });
});

describe('total', () => {
  it('counts the records on all pages, if asked', async () => {
    expect(position(await get('limit=1')).total).toBeUndefined();
    const first = await get('limit=1&total=true&sort=title');
    expect(position(first).total).toEqual({ count: 4, capped: false });
    const second = await get(`limit=1&total=true&sort=title&cursor=${position(first).nextCursor}`);
    expect(position(second).total).toEqual({ count: 4, capped: false });
    expect(position(await get('total=true&tags=food')).total).toEqual({ count: 2, capped: false });
    expect(position(await get('total=true&q=food')).total).toEqual({ count: 3, capped: false });
  });

  it('counts up to 10,000', async () => {
    const pool = superuserPool(service.databases.names.policy);
    const client = await pool.connect();
    try {
      await client.query(`BEGIN; ALTER TABLE policies DISABLE TRIGGER ALL`);
      await client.query(
        `INSERT INTO policies (agency, id, title) SELECT 'many', 'p' || n, 'x' FROM generate_series(1, 10001) n`,
      );
      await client.query('ALTER TABLE policies ENABLE TRIGGER ALL; COMMIT');
    } finally {
      client.release(true);
      await pool.end();
    }
    expect(position(await get('total=true', { agency: 'many' })).total).toEqual({
      count: 10_000,
      capped: true,
    });
  });
});

describe('the bytes of a page', () => {
  it('end it early, and the cursor goes on', async () => {
    const large = { agency: 'large' };
    // 20,000 characters of four bytes: 13 of them are more than 1 MiB.
    const description = '\u{1F600}'.repeat(20_000);
    for (let n = 0; n < 15; n++) await post(`p${String(n).padStart(2, '0')}`, { description }, large);
    const first = await get('limit=100&sort=-id', large);
    expect(Buffer.byteLength(first.text)).toBeLessThan(1024 * 1024 + 1024);
    expect(ids(first)).toHaveLength(13);
    const second = await get(`limit=100&sort=-id&cursor=${position(first).nextCursor}`, large);
    expect([...ids(first), ...ids(second)]).toHaveLength(15);
    expect(position(second).nextCursor).toBeNull();
    expect(ids(await get('limit=100&fields=title', large))).toHaveLength(15);
  });

  it('hold a larger record alone', async () => {
    const pool = superuserPool(service.databases.names.policy);
    const tens = Array.from({ length: 50 }, (_, n) => [`f${n}`, 'x'.repeat(30_000)]);
    await pool.query(
      `INSERT INTO policies (agency, id, title, custom_fields) VALUES ('huge', 'b', 'x', $1), ('huge', 'a', 'x', '{}'), ('huge', 'c', 'x', '{}')`,
      [Object.fromEntries(tens)],
    );
    await pool.end();
    const pages: string[][] = [];
    let cursor = '';
    while (pages.length < 5) {
      const page = await get(`limit=10${cursor}`, { agency: 'huge' });
      pages.push(ids(page));
      const { nextCursor } = position(page);
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(pages).toEqual([['a'], ['b'], ['c']]);
  });
});

describe('lists of the past', () => {
  it('take filters, fields and cursors as those of today', async () => {
    const past = { agency: 'past' };
    const put = (id: string, body: object) => service.request('PUT', `${path}/${id}`, { ...past, body });
    await post('p', { code: 'OLD-1', effectiveFrom: '2025-01-01', tags: ['old'] }, past);
    await post('q', { code: 'OLD-2', effectiveTo: '2025-01-01', tags: ['old', 'both'] }, past);
    const last = await post('r', { code: 'OLD-3', programType: 'loan' }, past);
    const asOf = `asOf=${encodeURIComponent(String(last.body['updatedAt']))}`;
    for (const [id, code] of Object.entries({ p: 'NEW-1', q: 'NEW-2', r: 'NEW-3' }))
      await put(id, { code, tags: ['new'], programType: null, effectiveFrom: null, effectiveTo: null });
    const then = (query: string) => list(`${asOf}&${query}`, past);
    expect(await then('code[prefix]=OLD')).toEqual(['p', 'q', 'r']);
    expect(await then('code[in]=OLD-1,NEW-2')).toEqual(['p']);
    expect(await then('tags=both')).toEqual(['q']);
    expect(await then('effectiveFrom[gte]=2024-01-01')).toEqual(['p']);
    expect(await then('effectiveOn=2024-12-31')).toEqual(['q', 'r']);
    expect(await then('programType=loan')).toEqual(['r']);
    expect(await then('updatedAt[gt]=2100-01-01T00:00:00Z')).toEqual([]);
    const first = await get(`${asOf}&limit=2&fields=code`, past);
    expect(entries(first)).toEqual([
      { id: 'p', code: 'OLD-1' },
      { id: 'q', code: 'OLD-2' },
    ]);
    const { nextCursor } = position(first);
    expect(await then(`limit=2&cursor=${nextCursor}`)).toEqual(['r']);
    expect(await get(`cursor=${nextCursor}`, past)).toMatchObject({ status: 400 });
  });

  it('are by id, and of the living of then', async () => {
    const asOf = `asOf=${encodeURIComponent(new Date().toISOString())}`;
    for (const [query, names] of [
      ['sort=title', 'sort'],
      ['q=food&total=true', 'q and total'],
      ['includeDeleted=true', 'includeDeleted'],
    ])
      expect(await get(`${asOf}&${query}`)).toMatchObject({
        status: 400,
        body: { code: 'invalid-parameter', detail: expect.stringContaining(`leave out ${names}.`) as string },
      });
  });
});
