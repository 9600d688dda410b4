import { startApp, type TestApp } from '../support/app.js';

const policy = {
  id: 'heat',
  title: 'Heating',
  effectiveFrom: '2025-01-01',
  effectiveTo: '2027-01-01',
  parameters: {
    limit: {
      unit: 'USD',
      values: [
        { from: '2025-01-01', value: 1000, citation: 'Rule of 2025' },
        { from: '2026-01-01', value: 1100, citation: 'Rule of 2026' },
      ],
    },
  },
  rules: {
    all: [
      { fact: 'income', op: 'lte', param: 'limit', citation: '42 U.S.C. 8624', label: 'Income' },
      { fact: 'born', op: 'lt', value: '2007-01-01' },
    ],
  },
};

describe('POST /api/policies/{id}/evaluate', () => {
  let service: TestApp;
  const evaluate = (body: unknown, options: object = {}, id = 'heat') =>
    service.request('POST', `/api/policies/${id}/evaluate`, { body, ...options });

  beforeAll(async () => {
    service = await startApp();
    await service.request('POST', '/api/policies', { body: policy });
  });

  afterAll(() => service?.close());

  it('decides with reasons: every rule, the parameter’s value of the day, the citations', async () => {
    const facts = { income: 1050, born: '1980-05-05', unused: 'x' };
    const answer = await evaluate({ facts, date: '2026-06-01' }, { scopes: ['policies:read'] });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: 'heat',
      version: 1,
      date: '2026-06-01',
      inForce: false,
      outcome: 'eligible',
      missingFacts: [],
      missingParameters: [],
      trace: [
        { rule: '', kind: 'all', label: null, citation: null, outcome: 'satisfied' },
        {
          rule: '/all/0',
          kind: 'comparison',
          label: 'Income',
          citation: '42 U.S.C. 8624',
          outcome: 'satisfied',
          fact: 'income',
          given: 1050,
          op: 'lte',
          expected: 1100,
          parameter: {
            name: 'limit',
            unit: 'USD',
            value: 1100,
            from: '2026-01-01',
            citation: 'Rule of 2026',
          },
        },
        {
          rule: '/all/1',
          kind: 'comparison',
          label: null,
          citation: null,
          outcome: 'satisfied',
          fact: 'born',
          given: '1980-05-05',
          op: 'lt',
          expected: '2007-01-01',
        },
      ],
    });
    expect((await evaluate({ facts, date: '2025-06-01' })).body).toMatchObject({ outcome: 'not_eligible' });
  });

  it('says what it lacks, unless the rest decides', async () => {
    expect((await evaluate({ facts: { income: 1 }, date: '2026-01-01' })).body).toMatchObject({
      outcome: 'unknown',
      missingFacts: ['born'],
    });
    expect((await evaluate({ facts: { income: 2000 }, date: '2026-01-01' })).body).toMatchObject({
      outcome: 'not_eligible',
      missingFacts: [],
    });
    expect((await evaluate({ facts: { income: 1 }, date: '2024-12-31' })).body).toMatchObject({
      outcome: 'unknown',
      missingFacts: ['born'],
      missingParameters: ['limit'],
    });
  });

  it('evaluates any version, and stores nothing', async () => {
    await service.request('PUT', '/api/policies/heat', { body: { rules: null } });
    expect((await evaluate({ facts: {} })).body).toMatchObject({ version: 2, outcome: 'unknown', trace: [] });
    const first = await evaluate({
      facts: { income: 1, born: '1980-05-05' },
      version: 1,
      date: '2026-01-01',
    });
    expect(first.body).toMatchObject({ version: 1, outcome: 'eligible' });
    expect((await evaluate({ facts: {}, version: 9 })).status).toBe(404);
    expect((await service.request('GET', '/api/policies/heat')).body).toMatchObject({ version: 2 });
  });

  it('refuses facts that the rules cannot compare, and what is no fact', async () => {
    for (const [facts, pointer] of [
      [{ income: '1' }, '/facts/income'],
      [{ born: 'long ago' }, '/facts/born'],
      [{ born: null }, '/facts/born'],
      [{ income: [1] }, '/facts/income'],
      [{ 'a b': 1 }, '/facts/a b'],
      [[], '/facts'],
      [undefined, '/facts'],
    ])
      expect(await evaluate({ facts, version: 1 })).toMatchObject({
        status: 422,
        body: { code: 'validation-failed', errors: [{ pointer }] },
      });
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`f${n}`, n]));
    expect((await evaluate({ facts: many })).status).toBe(422);
    expect((await evaluate({ facts: {}, date: '2025-02-30' })).status).toBe(422);
  });

  it('is closed to other agencies and to tokens that may not read', async () => {
    expect((await evaluate({ facts: {} }, { agency: 'epa' })).status).toBe(404);
    expect((await evaluate({ facts: {} }, { agency: 'epa' }, 'missing')).status).toBe(404);
    expect((await evaluate({ facts: {} }, { scopes: ['policies:write'] })).status).toBe(403);
  });
});
