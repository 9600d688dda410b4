import {
  changeRecord,
  createHmsClient,
  type HmsClient,
  type HmsClientOptions,
  listAll,
  ProblemError,
  unwrap,
} from '../../packages/client/src/index.js';
import { startApp, type TestApp } from '../support/app.js';

/** Everything here goes through packages/client, as in a portal; the real service answers. */
describe('The TypeScript client', () => {
  let service: TestApp;
  let client: HmsClient;

  const clientOf = (options: Partial<HmsClientOptions> = {}): HmsClient =>
    createHmsClient({ baseUrl: service.url, token: () => service.token(), backoff: 1, ...options });

  /** A `fetch` that notes each request, and lets something else happen in place of the first answers. */
  const interrupted = (...interruptions: ((request: Request) => Promise<Response>)[]) => {
    const sent: Request[] = [];
    const fetch = (request: Request): Promise<Response> => {
      sent.push(request);
      return (interruptions.shift() ?? globalThis.fetch)(request);
    };
    return { sent, fetch: fetch as typeof globalThis.fetch };
  };
  const refused = (status: number, headers?: Record<string, string>) => () =>
    Promise.resolve(new Response(null, { status, ...(headers && { headers }) }));
  const unreachable = () => Promise.reject(new TypeError('fetch failed'));
  /** The service does what it is asked, but its answer never comes. */
  const answerLost = async (request: Request): Promise<Response> => {
    await globalThis.fetch(request);
    return unreachable();
  };

  beforeAll(async () => {
    service = await startApp();
    client = clientOf();
  });

  afterAll(() => service?.close());

  it('makes, reads, changes and deletes a policy', async () => {
    const made = await unwrap(
      client.POST('/api/policies', {
        body: { id: '123', title: 'Winter heating allowance', tags: ['energy'] },
      }),
    );
    expect(made).toMatchObject({ id: '123', agency: 'hhs', version: 1, status: 'draft' });
    const path = { params: { path: { id: '123' } } };
    expect(await unwrap(client.GET('/api/policies/{id}', path))).toEqual(made);
    const description = 'Eligible for benefit through Dec 2025';
    const changed = await unwrap(client.PUT('/api/policies/{id}', { ...path, body: { description } }));
    expect(changed).toMatchObject({ description, version: 2, tags: ['energy'] });
    expect((await client.DELETE('/api/policies/{id}', path)).response.status).toBe(204);
  });

  it('imports policies, without a key, which imports do not take', async () => {
    const lines = ['imported-1', 'imported-2'].map((id) => JSON.stringify({ id, title: 'Imported' }));
    const answer = await client.POST('/api/policies:import', {
      body: lines.join('\n'),
      bodySerializer: (body) => body,
      headers: { 'Content-Type': 'application/x-ndjson' },
      parseAs: 'text',
    });
    expect(answer.response.status).toBe(200);
    const { data } = await client.GET('/api/policies/{id}', { params: { path: { id: 'imported-2' } } });
    expect(data).toMatchObject({ title: 'Imported', version: 1 });
  });

  it('makes a market item, and moves it through its life cycle', async () => {
    const body = { name: 'Heating check', price: { type: 'free' as const } };
    const { id } = await unwrap(client.POST('/api/market/items', { body }));
    const path = { params: { path: { id } } };
    const item = await unwrap(
      client.POST('/api/market/items/{id}/transitions', { ...path, body: { to: 'listed' } }),
    );
    expect(item).toMatchObject({ id, name: 'Heating check', status: 'listed', version: 2 });
  });

  it('throws what the service says is wrong', async () => {
    const missing = unwrap(client.GET('/api/policies/{id}', { params: { path: { id: 'missing' } } }));
    await expect(missing).rejects.toThrow(ProblemError);
    await expect(missing).rejects.toMatchObject({ code: 'not-found', problem: { status: 404 } });
    const empty = unwrap(client.POST('/api/policies', { body: { title: '' } }));
    await expect(empty).rejects.toMatchObject({ problem: { errors: [{ pointer: '/title' }] } });
  });

  it('says which answer was not the service’s', async () => {
    const { fetch } = interrupted(refused(502));
    const answer = unwrap(clientOf({ fetch }).GET('/api/policies'));
    await expect(answer).rejects.toThrow('answered 502 without a problem document');
  });

  it('lists every record, page after page', async () => {
    for (const id of ['list-1', 'list-2', 'list-3', 'list-4', 'list-5'])
      await unwrap(
        client.POST('/api/market/items', { body: { id, name: 'Listed', code: id.toUpperCase() } }),
      );
    const { sent, fetch } = interrupted();
    const found: string[] = [];
    for await (const item of listAll(clientOf({ fetch }), '/api/market/items', { limit: 2 }))
      found.push(item.id);
    expect(found.filter((id) => id.startsWith('list-'))).toHaveLength(5);
    expect(new Set(found).size).toBe(found.length);
    expect(sent.length).toBeGreaterThanOrEqual(3);
  });

  it('loses no change of two clients that change a record at once', async () => {
    await unwrap(client.POST('/api/policies', { body: { id: 'shared', title: 'Shared' } }));
    const tag = (name: string) =>
      changeRecord(client, '/api/policies/{id}', 'shared', ({ tags }) => ({ tags: [...tags, name] }));
    await Promise.all(['a', 'b', 'c'].map(tag));
    const { tags, version } = await unwrap(
      client.GET('/api/policies/{id}', { params: { path: { id: 'shared' } } }),
    );
    expect(tags.toSorted()).toEqual(['a', 'b', 'c']);
    expect(version).toBe(4);
  });

  it('changes a record once, although the answer to the change is lost', async () => {
    await unwrap(client.POST('/api/policies', { body: { id: 'unheard', title: 'Unheard' } }));
    const { sent, fetch } = interrupted(globalThis.fetch, answerLost);
    const record = await changeRecord(clientOf({ fetch }), '/api/policies/{id}', 'unheard', ({ tags }) =>
      tags.includes('a') ? undefined : { tags: [...tags, 'a'] },
    );
    expect(record).toMatchObject({ tags: ['a'], version: 2 });
    expect(sent.map(({ method }) => method)).toEqual(['GET', 'PUT', 'PUT', 'GET']);
  });

  it('is told that what it has is still so', async () => {
    await unwrap(client.POST('/api/policies', { body: { id: 'known', title: 'Known' } }));
    const path = { id: 'known' };
    const read = await client.GET('/api/policies/{id}', { params: { path } });
    const header = { 'If-None-Match': read.response.headers.get('ETag') ?? '' };
    const again = await client.GET('/api/policies/{id}', { params: { path, header } });
    expect(again.response.status).toBe(304);
  });

  it('changes nothing where there is nothing to change', async () => {
    await unwrap(client.POST('/api/policies', { body: { id: 'settled', title: 'Settled' } }));
    const record = await changeRecord(client, '/api/policies/{id}', 'settled', () => undefined);
    expect(record.version).toBe(1);
  });

  it.each([
    ['429', refused(429, { 'Retry-After': '0' })],
    ['503', refused(503)],
    ['no answer', unreachable],
  ])('sends a request again after %s', async (_what, interruption) => {
    const { sent, fetch } = interrupted(interruption, interruption);
    await unwrap(clientOf({ fetch }).GET('/api/policies'));
    expect(sent).toHaveLength(3);
  });

  it('waits as long as it is told, unless that is too long', async () => {
    const patient = interrupted(refused(429, { 'Retry-After': '1' }));
    const start = performance.now();
    await unwrap(clientOf({ fetch: patient.fetch }).GET('/api/policies'));
    expect(performance.now() - start).toBeGreaterThanOrEqual(990);
    const hurried = interrupted(refused(429, { 'Retry-After': '61' }));
    const { response } = await clientOf({ fetch: hurried.fetch }).GET('/api/policies');
    expect(response.status).toBe(429);
    expect(hurried.sent).toHaveLength(1);
  });

  it('gives up after its attempts, and at once where trying again is of no use', async () => {
    const busy = interrupted(...Array.from({ length: 9 }, () => refused(503)));
    expect((await clientOf({ fetch: busy.fetch, attempts: 2 }).GET('/api/policies')).response.status).toBe(
      503,
    );
    expect(busy.sent).toHaveLength(2);
    const wrong = interrupted();
    await clientOf({ fetch: wrong.fetch, token: 'none' }).GET('/api/policies');
    expect(wrong.sent).toHaveLength(1);
  });

  it('stops waiting when it is aborted', async () => {
    const { sent, fetch } = interrupted(refused(503, { 'Retry-After': '30' }));
    const abort = new AbortController();
    const answer = clientOf({ fetch }).GET('/api/policies', { signal: abort.signal });
    setTimeout(() => abort.abort(), 10);
    await expect(answer).rejects.toThrow('aborted');
    expect(sent).toHaveLength(1);
  });

  it('sends each POST with a key of its own, the same for every attempt', async () => {
    const { sent, fetch } = interrupted(refused(503));
    const keyed = clientOf({ fetch });
    for (const id of ['key-1', 'key-2'])
      await unwrap(keyed.POST('/api/policies', { body: { id, title: 'Keyed' } }));
    const keys = sent.map((request) => request.headers.get('Idempotency-Key'));
    expect(keys).toHaveLength(3);
    expect(keys[0]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(2);
  });

  it('makes a record once, although the first answers are lost', async () => {
    const { sent, fetch } = interrupted(answerLost, answerLost);
    const answer = await clientOf({ fetch }).POST('/api/policies', { body: { id: 'once', title: 'Once' } });
    expect(answer.response.headers.get('Idempotency-Replayed')).toBe('true');
    expect(answer.data).toMatchObject({ id: 'once', version: 1 });
    expect(sent).toHaveLength(3);
  });

  it('waits for the first attempt where that is still under way, and for no other conflict', async () => {
    const { sent, fetch } = interrupted(refused(409, { 'Retry-After': '0' }));
    await unwrap(clientOf({ fetch }).POST('/api/policies', { body: { id: 'slow', title: 'Slow' } }));
    expect(sent).toHaveLength(2);
    const again = unwrap(clientOf({ fetch }).POST('/api/policies', { body: { id: 'slow', title: 'Slow' } }));
    await expect(again).rejects.toMatchObject({ code: 'already-exists' });
    expect(sent).toHaveLength(3);
  });

  it('patches a policy', async () => {
    await unwrap(client.POST('/api/policies', { body: { id: 'patched', title: 'Patched', tags: ['a'] } }));
    const params = { path: { id: 'patched' } };
    const patched = await unwrap(client.PATCH('/api/policies/{id}', { params, body: { tags: null } }));
    expect(patched).toMatchObject({ title: 'Patched', tags: [], version: 2 });
  });
});
