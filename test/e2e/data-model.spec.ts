import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';

let service: TestApp;
const request: TestApp['request'] = (...parameters) => service.request(...parameters);
const post = (path: string, body: object, agency = 'hhs') => request('POST', path, { agency, body });

beforeAll(async () => {
  service = await startApp();
});

afterAll(() => service?.close());

const rule = { fact: 'income', op: 'lt', value: 10 };
const parameters = (values: unknown) => ({ limit: { unit: 'USD', values } });

describe.each<[path: string, sample: object, refused: [member: object, pointer: string][]]>([
  [
    '/api/policies',
    { title: 'One' },
    [
      [{ code: 'lower' }, '/code'],
      [{ code: 'A' }, '/code'],
      [{ summary: 'x'.repeat(501) }, '/summary'],
      [{ programType: 'charity' }, '/programType'],
      [{ jurisdiction: { level: 'state' } }, '/jurisdiction/code'],
      [{ jurisdiction: { level: 'galaxy', code: 'US' } }, '/jurisdiction/level'],
      [{ effectiveFrom: '2025-02-30' }, '/effectiveFrom'],
      [{ effectiveFrom: '2025-02-02', effectiveTo: '2025-02-02' }, '/effectiveTo'],
      [{ parameters: [] }, '/parameters'],
      [
        { parameters: { Limit: { unit: 'USD', values: [{ from: '2025-01-01', value: 1 }] } } },
        '/parameters/Limit',
      ],
      [{ parameters: parameters([]) }, '/parameters/limit/values'],
      [{ parameters: parameters([{ from: '2025-02-30', value: 1 }]) }, '/parameters/limit/values/0/from'],
      [{ parameters: parameters([{ from: '2025-01-01', value: '1' }]) }, '/parameters/limit/values/0/value'],
      [
        { parameters: parameters([{ from: '2025-01-01', value: 1.23456 }]) },
        '/parameters/limit/values/0/value',
      ],
      [
        {
          parameters: parameters([
            { from: '2025-01-01', value: 1 },
            { from: '2025-01-01', value: 2 },
          ]),
        },
        '/parameters/limit/values/1/from',
      ],
      [
        { parameters: { limit: { unit: '', values: [{ from: '2025-01-01', value: 1 }] } } },
        '/parameters/limit/unit',
      ],
      [{ rules: {} }, '/rules'],
      [{ rules: [] }, '/rules'],
      [{ rules: { all: [] } }, '/rules/all'],
      [{ rules: { all: [rule], any: [rule] } }, '/rules/any'],
      [{ rules: { all: [rule, { not: { fact: 'a', op: 'matches', value: '.*' } }] } }, '/rules/all/1/not/op'],
      [{ rules: { ...rule, code: 'return true' } }, '/rules/code'],
      [{ rules: { fact: 'income', op: 'lt' } }, '/rules'],
      [{ rules: { ...rule, param: 'limit' } }, '/rules/param'],
      [{ rules: { fact: 'income', op: 'lt', value: 'ten' } }, '/rules/value'],
      [{ rules: { fact: 'income', op: 'in', value: [1, 'a'] } }, '/rules/value'],
      [{ rules: { fact: 'income', op: 'in', value: [] } }, '/rules/value'],
      [{ rules: { fact: 'Income', op: 'lt', value: 1 } }, '/rules/fact'],
      [{ rules: { all: [rule, { fact: 'income', op: 'eq', value: 'a' }] } }, '/rules/all/1'],
      [{ rules: { fact: 'income', op: 'lt', param: 'gone' } }, '/rules'],
      [{ legalCitations: [{ type: 'rumour', citation: 'x' }] }, '/legalCitations/0/type'],
      [{ legalCitations: [{ type: 'statute' }] }, '/legalCitations/0/citation'],
      [{ legalCitations: [{ type: 'statute', citation: 'x', url: 'ftp://x' }] }, '/legalCitations/0/url'],
      [{ contact: {} }, '/contact'],
      [{ contact: { email: 'nobody' } }, '/contact/email'],
      [{ supersedes: 'gone' }, '/supersedes'],
      [{ externalIds: { 'Not a system': '1' } }, '/externalIds/Not a system'],
      [{ externalIds: { a: 1 } }, '/externalIds/a'],
      [{ customFields: { '': 1 } }, '/customFields/'],
      [{ customFields: [] }, '/customFields'],
    ],
  ],
  [
    '/api/market/items',
    { name: 'One' },
    [
      [{ kind: 'thing' }, '/kind'],
      [{ provider: { url: 'https://x.example' } }, '/provider/name'],
      [{ price: { type: 'gift' } }, '/price/type'],
      [{ price: { type: null, amount: '1', currency: 'USD' } }, '/price/type'],
      [{ price: { amount: '1' } }, '/price/currency'],
      [{ price: { type: 'fixed', currency: 'USD' } }, '/price/amount'],
      [{ price: { type: 'free', amount: '0' } }, '/price/amount'],
      [{ price: { type: 'quote', currency: 'USD' } }, '/price/currency'],
      [{ price: { type: 'range', min: '10', max: '9.99', currency: 'USD' } }, '/price/max'],
      [{ price: { type: 'free', validFrom: '2025-02-01', validTo: '2025-01-01' } }, '/price/validTo'],
      // What is wrong in itself comes before what does not fit it.
      [{ price: { type: 'free', validFrom: 'tomorrow', validTo: '2025-01-01' } }, '/price/validFrom'],
      [{ price: { type: 'range', min: 'much', max: '2', currency: 'USD' } }, '/price/min'],
      [{ price: { type: 'fixed', amount: '1', colour: 'red' } }, '/price/colour'],
      [{ availability: { status: 'maybe' } }, '/availability/status'],
      [{ availability: { status: 'available', quantity: -1 } }, '/availability/quantity'],
      [{ availability: { status: 'available', from: '2025-01-02', to: '2025-01-02' } }, '/availability/to'],
      [{ availability: { status: 'available', from: 'soon', to: '2025-01-02' } }, '/availability/from'],
      [{ availability: { status: 'available', serviceAreas: ['colorado'] } }, '/availability/serviceAreas'],
      [{ policyIds: ['gone'] }, '/policyIds/0'],
      [{ policyIds: ['not an id'] }, '/policyIds'],
      [{ requiredDocuments: [{ name: '' }] }, '/requiredDocuments/0/name'],
      [{ languages: ['English'] }, '/languages'],
      [{ languages: ['en', 'en'] }, '/languages'],
      [{ url: 'javascript:alert(1)' }, '/url'],
    ],
  ],
])('%s', (path, sample, refused) => {
  it.each(refused)('refuses %j, naming it', async (member, pointer) => {
    const answer = await post(path, { ...sample, ...member });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'validation-failed', errors: [{ pointer }] },
    });
    await post(path, { ...sample, id: 'kept' });
    const put = await request('PUT', `${path}/kept`, { body: member });
    expect(put).toMatchObject({ status: 422, body: { code: 'validation-failed', errors: [{ pointer }] } });
    expect((await request('GET', `${path}/kept`)).body).toMatchObject({ version: 1 });
  });

  it('has each code once among the living records of an agency', async () => {
    const agency = 'codes';
    expect((await post(path, { ...sample, id: 'a', code: 'CODE-1' }, agency)).status).toBe(201);
    const taken = { status: 409, body: { code: 'not-unique', errors: [{ pointer: '/code' }] } };
    expect(await post(path, { ...sample, id: 'b', code: 'CODE-1' }, agency)).toMatchObject(taken);
    expect((await post(path, { ...sample, id: 'b', code: 'CODE-2' }, agency)).status).toBe(201);
    const put = () => request('PUT', `${path}/b`, { agency, body: { code: 'CODE-1' } });
    expect(await put()).toMatchObject(taken);
    expect((await post(path, { ...sample, id: 'a', code: 'CODE-1' }, 'other')).status).toBe(201);
    await request('DELETE', `${path}/a`, { agency });
    expect((await put()).status).toBe(200);
    expect(await request('POST', `${path}/a/restore`, { agency })).toMatchObject(taken);
  });
});

describe('the rules of a policy', () => {
  it('are looked at with the parameters of the whole record', async () => {
    const limit = parameters([{ from: '2025-01-01', value: 1 }]);
    const rules = { fact: 'income', op: 'lt', param: 'limit' };
    expect(
      (await post('/api/policies', { id: 'merged', title: 'One', parameters: limit, rules })).status,
    ).toBe(201);
    const put = (body: object) => request('PUT', '/api/policies/merged', { body });
    const refused = { status: 422, body: { errors: [{ pointer: '/rules' }] } };
    expect(await put({ parameters: {} })).toMatchObject(refused);
    expect(await put({ parameters: null })).toMatchObject(refused);
    expect(await put({ rules: { ...rules, param: 'other' } })).toMatchObject(refused);
    expect(await put({ rules: null, parameters: null })).toMatchObject({
      status: 200,
      body: { parameters: {} },
    });
  });

  const deep = (levels: number): object => (levels === 0 ? rule : { not: deep(levels - 1) });

  it('go as deep, and are as many, as the documentation says', async () => {
    const make = (rules: object) => post('/api/policies', { title: 'One', rules });
    const many = (count: number) => ({
      all: Array.from({ length: 4 }, (_, n) => ({
        any: Array.from({ length: n < 3 ? 49 : count - 152 }, () => rule),
      })),
    });
    expect((await make(deep(15))).status).toBe(201);
    expect((await make(deep(16))).status).toBe(422);
    expect((await make(many(200))).status).toBe(201);
    expect((await make(many(201))).status).toBe(422);
    const pathological = '{"not":'.repeat(60) + '{}' + '}'.repeat(60);
    const body = `{"title":"One","rules":${pathological}}`;
    expect((await request('POST', '/api/policies', { body })).status).toBe(422);
  });

  it('and their policy may supersede another one, of the same agency, but not itself', async () => {
    await post('/api/policies', { id: 'old', title: 'Old' });
    await post('/api/policies', { id: 'foreign', title: 'Foreign' }, 'epa');
    const put = (supersedes: string) => request('PUT', '/api/policies/new', { body: { supersedes } });
    expect((await post('/api/policies', { id: 'new', title: 'New', supersedes: 'old' })).status).toBe(201);
    expect(await put('new')).toMatchObject({ status: 422, body: { errors: [{ pointer: '/supersedes' }] } });
    expect((await put('foreign')).status).toBe(422);
  });
});

describe('whether a policy is in force', () => {
  it('is said beside the document, which does not change with the day', async () => {
    const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
    const pool = superuserPool(service.databases.names.policy);
    const inForce = async (id: string, status: string, from: string | null, to: string | null) => {
      await pool.query(
        `INSERT INTO policies (agency, id, title, status, effective_from, effective_to) VALUES ('hhs', $1, 'One', $2, $3, $4)`,
        [id, status, from, to],
      );
      const { headers, body, text } = await request('GET', `/api/policies/${id}`);
      expect(Object.keys(body)).not.toContain('inForce');
      expect(text).toBe((await request('GET', `/api/policies/${id}/versions/1`)).text);
      return headers.get('in-force');
    };
    try {
      expect(await inForce('f1', 'published', day(-2), day(2))).toBe('true');
      expect(await inForce('f2', 'published', null, null)).toBe('true');
      expect(await inForce('f3', 'published', day(2), null)).toBe('false');
      expect(await inForce('f4', 'published', null, day(-2))).toBe('false');
      expect(await inForce('f5', 'approved', day(-2), day(2))).toBe('false');
    } finally {
      await pool.end();
    }
  });
});

describe('the policies of an item', () => {
  const refused = (index: number) => ({
    status: 422,
    body: { errors: [{ pointer: `/policyIds/${index}` }] },
  });

  it('must be living ones of the agency when they are named, and may be gone later', async () => {
    const agency = 'links';
    for (const id of ['p1', 'p2']) await post('/api/policies', { id, title: id }, agency);
    const item = (body: object) => post('/api/market/items', { name: 'One', ...body }, agency);
    expect(await item({ id: 'i', policyIds: ['p1', 'p2'] })).toMatchObject({ status: 201 });
    expect(await item({ policyIds: ['p1', 'p3'] })).toMatchObject(refused(1));
    expect(await post('/api/market/items', { name: 'One', policyIds: ['p1'] }, 'epa')).toMatchObject(
      refused(0),
    );
    await request('DELETE', '/api/policies/p1', { agency });
    const { body } = await request('GET', '/api/market/items/i', { agency });
    const put = (change: object) => request('PUT', '/api/market/items/i', { agency, body: change });
    // What the item held already may stay; it cannot be named anew.
    expect(await put({ ...body, summary: 'edited' })).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await put({ policyIds: ['p2'] })).toMatchObject({ status: 200 });
    expect(await put({ policyIds: ['p2', 'p1'] })).toMatchObject(refused(1));
    const found = await request('GET', '/api/market/items?policyIds=p2', { agency });
    expect(found.body['items']).toMatchObject([{ id: 'i' }]);
  });
});

describe('the price of an item', () => {
  it('is a fixed one where nothing else is said, as clients know it', async () => {
    const price = { amount: '149.90', currency: 'EUR' };
    const { body } = await post('/api/market/items', { name: 'One', price });
    expect(body['price']).toEqual({ type: 'fixed', ...price });
  });

  it.each([
    { type: 'free' },
    { type: 'quote', unit: 'per project' },
    { type: 'range', min: '9.5', max: '10', currency: 'USD' },
    { type: 'range', min: '10.00', max: '10', currency: 'USD' },
    { type: 'fixed', amount: '0.0001', currency: 'USD', validFrom: '2025-01-01', validTo: '2025-01-02' },
  ])('may be %j', async (price) => {
    expect(await post('/api/market/items', { name: 'One', price })).toMatchObject({
      status: 201,
      body: { price },
    });
  });
});

describe('the quantity of an item', () => {
  const adjust = (id: string, by: unknown, headers: Record<string, string> = {}) =>
    request('POST', `/api/market/items/${id}/availability/adjust`, { headers, body: { by } });
  const make = (id: string, quantity?: number) =>
    post('/api/market/items', { id, name: 'One', availability: { status: 'limited', quantity } });

  it('is never taken twice: of thirty who take one of twenty, twenty get one', async () => {
    await make('raced', 20);
    const answers = await Promise.all(Array.from({ length: 30 }, () => adjust('raced', -1)));
    const statuses = answers.map(({ status }) => status);
    const count = (wanted: number) => statuses.filter((status) => status === wanted).length;
    expect([count(200), count(409)]).toEqual([20, 10]);
    expect((await request('GET', '/api/market/items/raced')).body).toMatchObject({
      version: 21,
      availability: { status: 'limited', quantity: 0 },
    });
  });

  it('goes up and down, within what there is', async () => {
    await make('counted', 5);
    expect(await adjust('counted', 3)).toMatchObject({
      status: 200,
      body: { version: 2, availability: { quantity: 8 } },
    });
    const insufficient = { status: 409, body: { code: 'insufficient-quantity' } };
    expect(await adjust('counted', -9)).toMatchObject(insufficient);
    expect(await adjust('counted', -8, { 'If-Match': '"1.1"' })).toMatchObject({ status: 412 });
    expect(await adjust('counted', -8, { 'If-Match': '"2.1"' })).toMatchObject({ status: 200 });
    await make('uncounted');
    expect(await adjust('uncounted', 1)).toMatchObject(insufficient);
    expect(await adjust('nowhere', 1)).toMatchObject({ status: 404 });
    for (const by of [1.5, '1', null, undefined])
      expect(await adjust('counted', by)).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/by' }] },
      });
  });
});
