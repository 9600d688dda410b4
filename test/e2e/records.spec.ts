import { marketItemResource } from '../../src/market/market.resource.js';
import type { Resource } from '../../src/platform/records/resource.js';
import { policyResource } from '../../src/policy/policy.resource.js';
import { type Answer, startApp, type TestApp } from '../support/app.js';
import { describeResource } from '../support/resource/describe-resource.js';

/** What the two services have in common is one contract; each resource is held to it. */
const resources = [
  {
    resource: policyResource as Resource,
    sample: { title: 'Winter heating allowance' },
    change: { description: 'Eligible for benefit through Dec 2025' },
    full: {
      code: 'HEAT-2025',
      title: 'Winter heating allowance',
      summary: 'Helps with heating.',
      description: 'Helps with heating bills.',
      programType: 'subsidy',
      jurisdiction: { level: 'state', code: 'US-CO' },
      status: 'draft',
      effectiveFrom: '2025-01-01',
      effectiveTo: '2026-01-01',
      parameters: { incomeLimit: { unit: 'USD', values: [{ from: '2025-01-01', value: 24000.5 }] } },
      rules: { all: [{ fact: 'income', op: 'lt', param: 'incomeLimit', label: '“ünï” \u{1F600}' }] },
      legalCitations: [{ type: 'statute', citation: '42 U.S.C. 8624' }],
      contact: { name: 'Energy desk', email: 'energy@hhs.example' },
      supersedes: null,
      tags: ['energy', 'winter'],
      externalIds: { 'grants-gov': 'HHS-1' },
      customFields: { nothing: null, text: '“ünï” \u{1F600}', nested: [{ number: 0.5 }] },
    },
    filter: 'code=HEAT-2025&programType=subsidy',
  },
  {
    resource: marketItemResource as Resource,
    sample: { name: 'Insulation check' },
    change: { description: 'An engineer checks the insulation of your home.' },
    full: {
      code: 'CHECK-1',
      name: 'Insulation check',
      summary: 'A visit.',
      description: 'An engineer visits.',
      kind: 'service',
      provider: { name: 'Northern Heating', url: 'https://heating.example' },
      category: 'home-energy',
      price: { type: 'fixed', amount: '149.90', currency: 'USD', unit: 'per visit', validFrom: '2025-01-01' },
      availability: { status: 'limited', quantity: 3, from: '2025-01-01', serviceAreas: ['US-CO'] },
      policyIds: [],
      requiredDocuments: [{ name: 'Heating bill' }],
      languages: ['en', 'es-US'],
      url: 'https://heating.example/check',
      status: 'draft',
      tags: ['energy'],
      externalIds: { catalogue: '7' },
      customFields: { floors: [1, 2] },
    },
    filter: 'category=home-energy&kind=service&status=draft',
  },
];

for (const { resource, filter, ...samples } of resources)
  describeResource(resource, samples, ({ path, request, post, full, table, sql }) => {
    it('numbers twenty unconditional writers without a gap', async () => {
      await post('crowded');
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          request('PUT', `${path}/crowded`, { body: { description: `writer ${n}` } }),
        ),
      );
      const versions = answers.map(({ body }) => Number(body['version'])).sort((a, b) => a - b);
      expect(versions).toEqual(Array.from({ length: 20 }, (_, n) => n + 2));
    });

    it('filters by members on the allow-list, and refuses other parameters', async () => {
      const agency = 'filters';
      await post('match', full, agency);
      await post('other', {}, agency);
      const list = (query: string) => request('GET', `${path}?${query}`, { agency });
      const ids = ({ body }: Answer) => (body['items'] as { id: string }[]).map(({ id }) => id);
      expect(ids(await list(filter))).toEqual(['match']);
      expect(ids(await list('tags=energy'))).toEqual(['match']);
      expect(ids(await list(''))).toEqual(['match', 'other']);
      expect(await list('deletedAt=x')).toMatchObject({ status: 400, body: { code: 'unknown-parameter' } });
      for (const query of [
        'limit=0',
        'limit=101',
        'limit=x',
        'status=nothing',
        'cursor=forged',
        'limit=1&limit=2',
      ])
        expect(await list(query)).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
    });

    it('shows at once what plain SQL changed', async () => {
      await post('edited');
      await sql(`UPDATE ${table} SET description = 'by hand' WHERE id = 'edited'`);
      expect((await request('GET', `${path}/edited`)).body).toMatchObject({
        description: 'by hand',
        version: 2,
      });
    });
  });

describe('policies', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(() => service?.close());

  it('hold the order of their dates, also when one of them is changed alone', async () => {
    const made = await service.request('POST', '/api/policies', {
      body: { id: 'dated', title: 'Dated', effectiveFrom: '2025-06-01', effectiveTo: '2025-07-01' },
    });
    expect(made.status).toBe(201);
    const refused = await service.request('PUT', '/api/policies/dated', {
      body: { effectiveTo: '2025-06-01' },
    });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'validation-failed', errors: [{ pointer: '/effectiveTo' }] },
    });
  });

  it('serve the reference client: one header, with Bearer and without', async () => {
    for (const [id, authorization] of [
      ['123', service.token()],
      ['124', `bearer ${service.token()}`],
    ]) {
      await service.request('POST', '/policies', { body: { id, title: 'Benefit' } });
      const url = `${service.url}/policies/${id}`;
      const headers = { Authorization: authorization ?? '' };
      expect(await (await fetch(url, { headers })).json()).toMatchObject({
        id,
        title: 'Benefit',
        version: 1,
      });
      const put = await fetch(url, {
        method: 'PUT',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify({ description: 'Eligible for benefit through Dec 2025' }),
      });
      expect(await put.json()).toMatchObject({
        id,
        title: 'Benefit',
        description: 'Eligible for benefit through Dec 2025',
        version: 2,
      });
    }
  });
});
