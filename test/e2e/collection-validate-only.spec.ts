import type { Pool } from 'pg';
import { type Answer, startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { Receiver } from '../support/receiver.js';
import { secret } from '../support/sync-fixture.js';

type Result = { status: number; version?: number; problem?: { code: string } };

describe('validateOnly for many records', () => {
  let receiver: Receiver;
  let service: TestApp;
  let database: Pool;
  let keys = 0;

  beforeAll(async () => {
    receiver = await Receiver.start();
    service = await startApp({ SYNC_URL: receiver.url, SYNC_SECRET: secret });
    database = superuserPool(service.databases.names.policy);
    for (const body of [
      { id: 'kept', code: 'KEPT', title: 'Kept' },
      { id: 'other', title: 'Other' },
    ])
      await service.request('POST', '/api/policies', { body });
  });

  afterAll(async () => {
    await database?.end();
    await service?.close();
    await receiver?.down();
  });

  /** All that a write leaves behind. */
  const stored = async (): Promise<unknown> => {
    const { rows } = await database.query(
      `SELECT (SELECT json_agg(p ORDER BY id) FROM policies p) AS records,
         (SELECT json_agg(c ORDER BY seq) FROM hms.changes c) AS changes,
         (SELECT json_agg(json_build_array(record_id, latest_version) ORDER BY id) FROM hms.sync_cursors) AS cursors,
         (SELECT count(*) FROM hms.idempotency_keys) AS keys`,
    );
    return rows;
  };

  /** Sends a request twice: to be tried, and to be done. */
  const both = async (send: (query: string) => Promise<Answer>): Promise<[tried: Answer, done: Answer]> => {
    const before = await stored();
    const tried = await send('?validateOnly=true');
    expect(await stored()).toEqual(before);
    expect(tried.headers.get('validate-only')).toBe(tried.status < 400 ? 'true' : null);
    for (const absent of ['sync-status', 'idempotency-replayed', 'etag'])
      expect(tried.headers.get(absent)).toBeNull();
    const done = await send('?validateOnly=false');
    expect(done.headers.get('validate-only')).toBeNull();
    return [tried, done];
  };

  const bulk = (body: object) => (query: string) =>
    service.request('POST', `/api/policies:bulk${query}`, {
      body,
      headers: { Prefer: 'wait=20', 'Idempotency-Key': String(keys++) },
    });
  const importOf = (records: readonly object[], mode: string) => (query: string) =>
    service.request('POST', `/api/policies:import${query}&mode=${mode}`, {
      body: records.map((record) => JSON.stringify(record)).join('\n'),
      headers: { 'Content-Type': 'application/x-ndjson', Prefer: 'wait=20' },
    });
  const resultsOf = ({ body }: Answer) =>
    (body['results'] as Result[]).map(({ status, version, problem }) => [status, version, problem?.code]);

  it('says what each operation would come to, and stores nothing', async () => {
    const operations = [
      { op: 'create', id: 'new', data: { title: 'New' } },
      { op: 'create', id: 'same-code', data: { title: 'New', code: 'KEPT' } },
      { op: 'create', id: 'follows', data: { title: 'New', supersedes: 'new' } },
      { op: 'create', id: 'wrong', data: { title: '' } },
      { op: 'update', id: 'kept', version: 1, data: { title: 'Kept' } },
      { op: 'update', id: 'other', version: 7, data: { title: 'x' } },
      { op: 'delete', id: 'absent' },
    ];
    const [tried, done] = await both(bulk({ operations }));
    expect(tried.status).toBe(207);
    expect(resultsOf(tried)).toEqual([
      [201, 1, undefined],
      [409, undefined, 'not-unique'],
      [201, 1, undefined],
      [422, undefined, 'validation-failed'],
      [200, 1, undefined],
      [412, undefined, 'precondition-failed'],
      [404, undefined, 'not-found'],
    ]);
    expect(resultsOf(done)).toEqual(resultsOf(tried));
  });

  it('says whether an atomic request would be done', async () => {
    const good = { op: 'update', id: 'kept', data: { title: 'Atomic' } };
    const [tried, done] = await both(bulk({ atomic: true, operations: [good] }));
    expect([tried.status, resultsOf(tried)]).toEqual([200, [[200, 2, undefined]]]);
    expect(resultsOf(done)).toEqual(resultsOf(tried));
    const taken = { op: 'create', id: 'taken', data: { title: 'x', code: 'KEPT' } };
    const [refused] = await both(bulk({ atomic: true, operations: [good, taken] }));
    expect(refused).toMatchObject({
      status: 422,
      body: {
        code: 'operation-refused',
        errors: [{ pointer: '/operations/1/data/code', code: 'not-unique' }],
      },
    });
  });

  it('says what the lines of an import would come to, batch by batch', async () => {
    const many = Array.from({ length: 700 }, (_, n) => ({ id: `many-${n}`, title: 'x' }));
    const records = [
      ...many,
      { id: 'wrong', title: '' },
      { id: 'taken', title: 'x', code: 'KEPT' },
      { id: 'kept', title: 'Imported' },
    ];
    const [tried, done] = await both(importOf(records, 'upsert'));
    expect(tried).toMatchObject({
      status: 200,
      body: {
        created: 700,
        updated: 1,
        refused: 2,
        refusedByCode: { 'validation-failed': 1, 'not-unique': 1 },
      },
    });
    expect(tried.text).toBe(done.text);
    expect(tried.headers.get('cache-control')).toBe('no-store');
    const [again] = await both(importOf(records, 'upsert'));
    expect(again.body).toMatchObject({ created: 0, unchanged: 701 });
  });

  it('writes nothing of lines that follow each other in different batches, and judges them alone', async () => {
    const lines = [
      { id: 'twice', title: 'First' },
      { id: 'twice', title: 'Second' },
    ];
    const [tried, done] = await both(importOf(lines, 'upsert'));
    expect(tried.body).toMatchObject({ created: 2, updated: 0 });
    expect(done.body).toMatchObject({ created: 1, updated: 1 });
  });

  it('refuses what is neither true nor false', async () => {
    const before = await stored();
    for (const query of ['validateOnly=', 'validateOnly=1', 'validateOnly=true&validateOnly=true'])
      for (const send of [bulk({ operations: [] }), importOf([], 'create')])
        expect(await send(`?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
    expect(await stored()).toEqual(before);
  });
});
