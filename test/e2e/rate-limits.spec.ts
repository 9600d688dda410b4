import { type Answer, startApp, type TestApp } from '../support/app.js';

let service: TestApp;

beforeAll(async () => {
  service = await startApp({ RATE_LIMIT: '5/3600', RATE_LIMIT_ANONYMOUS: '3/3600' });
});

afterAll(() => service?.close());

const path = '/api/policies?limit=1';
const as = (subject: string, agency = 'hhs') => service.request('GET', path, { subject, agency });
const without = (headers: Record<string, string> = {}) =>
  service.request('GET', path, { headers: { Authorization: 'Bearer nonsense', ...headers } });

async function times(count: number, send: () => Promise<Answer>): Promise<Answer[]> {
  const answers = [];
  for (let index = 0; index < count; index += 1) answers.push(await send());
  return answers;
}

const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);

describe('rate limits', () => {
  it('hold a subject to its requests, and tell it how it stands', async () => {
    const answers = await times(6, () => as('eager'));
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get('ratelimit'))).toEqual(
      [4, 3, 2, 1, 0, 0].map(
        (left) => expect.stringMatching(`^"caller";r=${left};t=(3600|35\\d\\d)$`) as string,
      ),
    );
    const refused = answers[5];
    expect(refused?.headers.get('ratelimit-policy')).toBe('"caller";q=5;w=3600');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(3000);
    expect(refused?.body).toMatchObject({ code: 'rate-limited', status: 429 });
  });

  it('count each subject of each agency by itself, and changes like reads', async () => {
    await times(6, () => as('busy'));
    expect((await as('busy', 'va')).status).toBe(200);
    expect((await as('calm')).status).toBe(200);
    const write = await service.request('POST', '/api/policies', {
      subject: 'busy',
      body: { title: 'Late' },
    });
    expect(write.status).toBe(429);
  });

  it('hold requests without a valid token by address, whatever they say of it, and callers on that address not', async () => {
    const answers = await times(5, () => without({ 'X-Forwarded-For': `10.0.0.${Math.random()}` }));
    expect(statuses(answers)).toEqual([401, 401, 401, 429, 429]);
    expect(answers[4]?.headers.get('ratelimit-policy')).toBe('"anonymous";q=3;w=3600');
    const tokenless = await fetch(service.url + path);
    expect(tokenless.status).toBe(429);
    expect((await as('newcomer')).status).toBe(200);
  });

  it('let probes, scrapers and readers of the documentation through', async () => {
    for (const open of ['/health/live', '/health/ready', '/metrics', '/api/openapi.json', '/api/docs']) {
      const answer = await fetch(service.url + open);
      await answer.arrayBuffer();
      expect(answer.status).toBe(200);
      expect(answer.headers.get('ratelimit')).toBeNull();
    }
  });

  it('are off where the environment says so', async () => {
    await service.restart({ RATE_LIMIT: 'off', RATE_LIMIT_ANONYMOUS: 'off' });
    const answers = await times(6, () => as('eager'));
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(answers[0]?.headers.get('ratelimit')).toBeNull();
  });
});
