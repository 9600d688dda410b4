import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import type { Pool } from 'pg';
import { Webhook } from 'standardwebhooks';
import { SpoolModule } from '../../examples/spool/spool.module.js';
import { SpoolTarget } from '../../examples/spool/spool.target.js';
import { MarketModule } from '../../src/market/market.module.js';
import type { Delivery, TypeAnswer } from '../../src/platform/index.js';
import { PolicyModule } from '../../src/policy/policy.module.js';
import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';

type Item = Record<string, unknown>;

interface Spooled {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The example, in whose way a test can put something. */
class TroubledSpool extends SpoolTarget {
  static trouble: (delivery: Delivery) => Promise<TypeAnswer | undefined>;
  /** `id version`, in the order in which files were written. */
  static written: string[];

  override async deliver(delivery: Delivery): Promise<TypeAnswer> {
    const trouble = await TroubledSpool.trouble(delivery);
    if (trouble) return trouble;
    const answer = await super.deliver(delivery);
    const { 'ce-subject': id, 'ce-sequence': version } = delivery.headers;
    if (answer.status === 201) TroubledSpool.written.push(`${id} ${version}`);
    return answer;
  }
}

@Module({})
class TroubledModule {
  static readonly resources = [];
  static readonly targetTypes = [TroubledSpool];
}

const features = [PolicyModule, MarketModule];
const operator = { scopes: ['sync:admin'] };

/** The service with the module of examples/spool, whose targets are folders. */
describe('a target type that a module adds', () => {
  let service: TestApp;
  let database: Pool;

  beforeEach(async () => {
    TroubledSpool.trouble = async () => undefined;
    TroubledSpool.written = [];
    service = await startApp({ LOG_LEVEL: 'warn' }, [...features, TroubledModule]);
    database = superuserPool(service.databases.names.policy);
  });

  afterEach(async () => {
    await service?.close();
    await database?.end();
  });

  const folder = (): string => join(service.dataDirectory, 'spool/hhs/cases');
  const makeFolder = (): unknown => mkdirSync(folder(), { recursive: true });
  const files = (): Spooled[] =>
    readdirSync(folder())
      .filter((name) => !name.startsWith('.'))
      .map((name) => JSON.parse(readFileSync(join(folder(), name), 'utf8')) as Spooled);
  const save = (members: object = {}) =>
    service.request('POST', '/api/sync/policies/targets', {
      ...operator,
      body: { name: 'cases', url: 'spool:cases', ...members },
    });
  const makeTarget = async (members?: object): Promise<{ id: number; secret: string }> => {
    const { status, body } = await save(members);
    expect(status).toBe(201);
    return body as unknown as { id: number; secret: string };
  };
  const create = async (id: string): Promise<void> => {
    const { status } = await service.request('POST', '/api/policies', { body: { id, title: `${id} v1` } });
    expect(status).toBe(201);
  };
  const update = (id: string, title: string) =>
    service.request('PUT', `/api/policies/${id}`, { body: { title } });
  const about = async (id: number, what: string): Promise<Item> =>
    (await service.request('GET', `/api/sync/policies/targets/${id}/${what}`, operator)).body;
  const cursor = async (id: string): Promise<Item> => {
    const { rows } = await database.query<Item>('SELECT * FROM hms.sync_cursors WHERE record_id = $1', [id]);
    return rows[0] ?? {};
  };
  const caughtUp = (): Promise<void> =>
    until('all is delivered', async () => {
      const { rows } = await database.query('SELECT FROM hms.sync_cursors WHERE pending_since IS NOT NULL');
      return rows.length === 0;
    });

  it('gets every change in order, signed, as webhooks do', async () => {
    makeFolder();
    const { id, secret } = await makeTarget({ headers: { 'x-case': '7' } });
    const made = await service.request('POST', '/api/policies', { body: { id: 'p1', title: 'One' } });
    for (let n = 2; n <= 12; n += 1) await update('p1', `v${n}`);
    await service.request('DELETE', '/api/policies/p1');
    await caughtUp();
    expect(TroubledSpool.written).toEqual(Array.from({ length: 13 }, (_, n) => `p1 ${n + 1}`));
    const messages = files().map(({ headers, body }) => ({
      headers,
      body: new Webhook(secret).verify(body, headers) as { id: string; data: Item },
    }));
    expect(messages).toHaveLength(13);
    const of = (version: number) => messages.find(({ body }) => body.data['version'] === version);
    expect(of(1)).toMatchObject({
      headers: { 'ce-type': 'gov.hms.policy.created', 'x-case': '7' },
      body: { id: 'p1', data: made.body },
    });
    expect(of(13)?.body.data['deleted']).toBe(true);
    await until('the attempts are written', async () =>
      JSON.stringify(await about(id, 'attempts')).includes('"version":13'),
    );
    const [last] = (await about(id, 'attempts'))['items'] as Item[];
    expect(last).toMatchObject({
      recordId: 'p1',
      version: 13,
      outcome: 'delivered',
      status: 201,
      error: null,
    });
    expect(await about(id, 'status')).toMatchObject({ problem: null, breaker: { state: 'closed' } });
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/hms_sync_attempts_total\{[^}]*answer="2xx"[^}]*\} 13/);
  });

  it('is tested with a message about no record', async () => {
    const { id, secret } = await makeTarget();
    const test = () => service.request('POST', `/api/sync/policies/targets/${id}/test`, operator);
    expect((await test()).body).toMatchObject({ delivered: false, status: 404, error: 'no such folder' });
    makeFolder();
    expect((await test()).body).toMatchObject({ delivered: true, status: 201, error: null });
    const [ping] = files();
    expect(new Webhook(secret).verify(ping?.body ?? '', ping?.headers ?? {})).toMatchObject({
      data: { ping: true, resource: 'policies' },
    });
  });

  it('makes a dead letter of what it refuses for good, and of nothing else', async () => {
    makeFolder();
    TroubledSpool.trouble = async ({ headers }) =>
      headers['ce-subject'] === 'poison' ? { status: 422, text: 'too sweet' } : undefined;
    const { id: target } = await makeTarget();
    await create('poison');
    await create('p1');
    await until('an attempt counted', async () => Number((await cursor('poison'))['attempts']) > 0);
    await update('poison', 'v2');
    await until('it is held', async () => {
      await database.query(
        `UPDATE hms.sync_cursors SET attempts = 7, due_at = now()
         WHERE record_id = 'poison' AND claim IS NULL AND held_at IS NULL AND attempts > 0`,
      );
      return (await cursor('poison'))['held_at'] != null;
    });
    await update('p1', 'v2');
    await until('the other goes on', () => TroubledSpool.written.includes('p1 2'));
    const letters = async (): Promise<Item[]> =>
      (await service.request('GET', '/api/sync/policies/dead-letters', operator)).body['items'] as Item[];
    // The log of attempts, which has the answer, is written a little later.
    await until('the attempt is written', async () => (await letters())[0]?.['answer'] != null);
    expect(await letters()).toMatchObject([
      { recordId: 'poison', version: 1, attempts: 8, status: 422, error: 'HTTP 422', answer: 'too sweet' },
    ]);
    TroubledSpool.trouble = async () => undefined;
    const retried = await service.request('POST', '/api/sync/policies/dead-letters:retry', {
      ...operator,
      body: { target, status: 422 },
    });
    expect(retried.status).toBe(200);
    await caughtUp();
    expect(TroubledSpool.written.filter((one) => one.startsWith('poison'))).toEqual(['poison 1', 'poison 2']);
  });

  it('that fails at everything is left alone until it works, and then gets all', async () => {
    makeFolder();
    const { id } = await makeTarget();
    await create('p0');
    await until('it works', () => TroubledSpool.written.length === 1);
    rmSync(folder(), { recursive: true });
    const ids = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'];
    await Promise.all(ids.map(create));
    const breaker = async () => (await about(id, 'status'))['breaker'] as Item;
    await until('the breaker opens', async () => (await breaker())['state'] === 'open');
    expect(await breaker()).toMatchObject({ reason: 'no such folder' });
    expect(await cursor('p1')).toMatchObject({ attempts: 0, held_at: null });
    makeFolder();
    await until('a probe succeeds', async () => {
      await database.query('UPDATE hms.sync_breakers SET probe_at = clock_timestamp()');
      return (await breaker())['state'] === 'closed';
    });
    await caughtUp();
    expect(TroubledSpool.written.toSorted()).toEqual(['p0 1', ...ids.map((one) => `${one} 1`)]);
  });

  it('that hangs is given up in time, and writes nothing any more', async () => {
    makeFolder();
    let hung: Delivery | undefined;
    TroubledSpool.trouble = async (delivery) => {
      if (hung) return undefined;
      hung = delivery;
      return new Promise(() => undefined);
    };
    const { id } = await makeTarget({ timeout: 0.2 });
    await create('p1');
    await caughtUp();
    expect(hung?.signal.aborted).toBe(true);
    await until(
      'the attempts are written',
      async () => ((await about(id, 'attempts'))['items'] as Item[]).length === 2,
    );
    expect((await about(id, 'attempts'))['items']).toMatchObject([
      { outcome: 'delivered', status: 201 },
      { outcome: 'failed', status: null, error: 'timeout' },
    ]);
    await expect(
      new SpoolTarget({ dataDirectory: service.dataDirectory }).deliver(hung as Delivery),
    ).rejects.toThrow('timeout');
    expect(readdirSync(folder())).toHaveLength(1);
  });

  it('refuses a URL that is not its own when it is saved', async () => {
    const refusals: readonly [url: string, sentence: string][] = [
      ['spool:../cases', 'Must be spool: and the name of a folder'],
      ['spool://cases', 'Must be spool: and the name of a folder'],
      ['spool:Cases', 'Must be spool: and the name of a folder'],
      ['spool:cases/other', 'Must be spool: and the name of a folder'],
      ['spool://user:word@cases', 'Must not hold a password'],
      [
        'spool: cases',
        'Must be a URL such as https://external.gov/api/policies/sync, or one that begins with spool:',
      ],
      [
        'ftp://external.gov',
        'Must be a URL such as https://external.gov/api/policies/sync, or one that begins with spool:',
      ],
    ];
    for (const [url, sentence] of refusals) {
      const refused = await save({ url });
      expect(refused).toMatchObject({
        status: 422,
        body: {
          code: 'validation-failed',
          errors: [{ pointer: '/url', detail: expect.stringContaining(sentence) as string }],
        },
      });
      expect(refused.text).not.toContain('word@');
    }
    expect((await database.query('SELECT FROM hms.sync_targets')).rows).toEqual([]);
  });

  it('leads out of no folder, whatever was saved', async () => {
    makeFolder();
    const { id } = await makeTarget();
    await database.query("UPDATE hms.sync_targets SET url = 'spool:../hhs/cases'");
    const tested = await service.request('POST', `/api/sync/policies/targets/${id}/test`, operator);
    expect(tested.body).toMatchObject({ delivered: false, status: 404 });
    expect(readdirSync(folder())).toEqual([]);
  });

  it('is there in a process that only delivers', async () => {
    makeFolder();
    await makeTarget();
    await service.restart({ ROLE: 'dispatcher' }, [...features, SpoolModule]);
    await database.query("INSERT INTO policies (agency, id, title) VALUES ('hhs', 'p1', 'by hand')");
    await caughtUp();
    expect(files()).toHaveLength(1);
  });

  it('that is gone is sent nothing, which the log and the status say, and loses nothing', async () => {
    makeFolder();
    const { id } = await makeTarget();
    await create('p1');
    await caughtUp();
    await service.restart({ LOG_LEVEL: 'warn' }, features);
    await update('p1', 'v2');
    await update('p1', 'v3');
    const problem = 'no module serves spool: URLs';
    expect(await about(id, 'status')).toMatchObject({ problem, undelivered: { count: 1 } });
    await until('the log says so', () => service.logs.join('').includes(problem));
    const tested = await service.request('POST', `/api/sync/policies/targets/${id}/test`, operator);
    expect(tested.body).toMatchObject({ delivered: false, status: null, error: problem });
    expect(await save({ name: 'another' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/url' }] },
    });
    const renamed = await service.request('PUT', `/api/sync/policies/targets/${id}`, {
      ...operator,
      body: { name: 'renamed' },
    });
    expect(renamed.status).toBe(200);
    expect(await cursor('p1')).toMatchObject({
      delivered_version: 1,
      attempts: 0,
      claim: null,
      last_error: null,
    });
    expect(service.logs.filter((line) => line.includes(problem))).toHaveLength(1);
    await service.restart({}, [...features, SpoolModule]);
    await caughtUp();
    expect(files()).toHaveLength(3);
  });

  it('that serves what another does stops the start with a sentence', async () => {
    const start = startApp({}, [...features, SpoolModule, TroubledModule]);
    await expect(start).rejects.toThrow(
      'The target type TroubledSpool serves spool: URLs, as SpoolTarget does; give one of them another scheme.',
    );
  });
});
