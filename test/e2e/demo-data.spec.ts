import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startApp, type TestApp } from '../support/app.js';

const run = promisify(execFile);
const scopes = ['policies:read', 'policies:write', 'items:read', 'items:write'];

describe('the demo data', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(() => service?.close());

  it('is loaded over HTTP, published and listed, more than once, and its rules decide', async () => {
    const tokens = [
      '--token',
      service.token('demo', scopes, 'ada'),
      '--reviewer-token',
      service.token('demo', scopes, 'bob'),
    ];
    const load = (url: string[], variables: Record<string, string>) =>
      run(process.execPath, ['dist/tools/demo-data.js', ...url, ...tokens], { env: variables });
    const loaded = { stdout: expect.stringContaining('Loaded 20 policies and 20 items') as string };
    expect(await load(['--url', service.url], {})).toMatchObject(loaded);
    // Unless told otherwise it takes the port of the settings, as npm start does.
    expect(await load([], { PORT: new URL(service.url).port })).toMatchObject(loaded);
    const agency = 'demo';
    const list = async (path: string) =>
      (await service.request('GET', path, { agency })).body['items'] as Record<string, unknown>[];
    expect(await list('/api/policies?limit=100&status=published')).toHaveLength(20);
    expect(await list('/api/market/items?limit=100&status=listed')).toHaveLength(20);
    const evaluate = async (id: string, facts: object, date?: string) =>
      (await service.request('POST', `/api/policies/${id}/evaluate`, { agency, body: { facts, date } })).body;
    const facts = { earnedIncome: 20_000, investmentIncome: 11_700, hasValidSocialSecurityNumber: true };
    expect(await evaluate('eitc', facts, '2024-06-01')).toMatchObject({
      outcome: 'not_eligible',
      inForce: true,
    });
    expect(await evaluate('eitc', facts, '2025-06-01')).toMatchObject({ outcome: 'eligible' });
    expect(await evaluate('liheap', { paysForHomeEnergy: true })).toMatchObject({
      outcome: 'unknown',
      missingFacts: expect.arrayContaining(['incomePercentOfPoverty']) as string[],
    });
    for (const { id } of await list('/api/policies?limit=100'))
      expect(await evaluate(String(id), {})).toMatchObject({ outcome: 'unknown', missingParameters: [] });
  });
});
