import { startApp, type TestApp } from '../support/app.js';

let service: TestApp;

beforeAll(async () => {
  service = await startApp();
  await service.request('POST', '/api/policies', { body: { id: 'long', title: 'T', description: text } });
});

afterAll(() => service?.close());

const text = 'Households with low incomes may get help with heating. '.repeat(60);
const path = '/api/policies/long';
const get = (coding: string, headers: Record<string, string> = {}) =>
  service.request('GET', path, { headers: { 'Accept-Encoding': coding, ...headers } });

describe('a record that is read compressed', () => {
  it.each(['gzip', 'br', 'zstd'])('has by %s a tag of its own, and the same content', async (coding) => {
    const { headers, body } = await get(coding);
    expect(headers.get('etag')).toBe(`"1.1-${coding}"`);
    expect(headers.get('vary')).toBe('Authorization, Accept-Encoding');
    expect(body['description']).toBe(text);
  });

  it('is not sent again to who has it in any coding, and the answer names that one', async () => {
    for (const known of ['"1.1-gzip"', '"1.1"', 'W/"1.1-gzip"', '"1.1-br", "0.1"']) {
      const { status, headers, text: none } = await get('gzip', { 'If-None-Match': known });
      expect(status).toBe(304);
      expect(none).toBe('');
      expect(headers.get('etag')).toBe(known.replace('W/', '').replace(', "0.1"', ''));
      expect(headers.get('vary')).toBe('Authorization, Accept-Encoding');
      expect(headers.get('content-encoding')).toBeNull();
    }
    expect((await get('gzip', { 'If-None-Match': '"2.1-gzip"' })).status).toBe(200);
  });

  it('is changed on the condition of its tag', async () => {
    const etag = (await get('gzip')).headers.get('etag') ?? '';
    const change = (title: string) =>
      service.request('PUT', path, { headers: { 'If-Match': etag }, body: { title } });
    expect((await change('Second')).status).toBe(200);
    expect((await change('Third')).status).toBe(412);
    expect((await get('gzip')).headers.get('etag')).toBe('"2.1-gzip"');
  });

  it('comes compressed in lists, in the feed and in its past', async () => {
    for (const other of ['/api/policies', '/api/sync/policies/changes', `${path}/versions/1`]) {
      const { headers, status } = await service.request('GET', other, {
        headers: { 'Accept-Encoding': 'br' },
      });
      expect(status).toBe(200);
      expect(headers.get('content-encoding')).toBe('br');
    }
  });
});
