import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'pg';
import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';
import { Receiver } from '../support/receiver.js';
import { secret } from '../support/sync-fixture.js';

interface Item {
  readonly id: string;
  readonly type: string;
  readonly sequence: number;
  readonly body: {
    readonly id: string;
    readonly data: { readonly version: number; readonly agency: string };
  };
}
interface Page {
  readonly items: readonly Item[];
  readonly page: { readonly limit: number; readonly nextCursor: string; readonly more: boolean };
}

describe('what external systems read', () => {
  let app: TestApp;
  let receiver: Receiver;
  let owner: Pool;
  let superuser: Pool;

  beforeAll(async () => {
    receiver = await Receiver.start();
    app = await startApp({ SYNC_URL: receiver.url, SYNC_SECRET: secret });
    owner = new Pool({ connectionString: app.databases.addresses.policy.migrationUrl, max: 4 });
    owner.on('error', () => undefined);
    superuser = superuserPool(app.databases.names.policy);
  });

  afterAll(async () => {
    await owner.end();
    await superuser.end();
    await app.close();
    await receiver.down();
  });

  const create = (id: string, agency = 'hhs') =>
    owner.query("INSERT INTO policies (agency, id, title) VALUES ($1, $2, 'first')", [agency, id]);
  const update = (id: string, agency = 'hhs') =>
    owner.query("UPDATE policies SET title = 'v' || version WHERE agency = $1 AND id = $2", [agency, id]);
  const changes = async (query: string, agency = 'hhs', scopes = ['policies:read']): Promise<Page> => {
    const { status, body, text } = await app.request('GET', `/api/sync/policies/changes?${query}`, {
      agency,
      scopes,
    });
    if (status !== 200) throw new Error(text);
    return body as unknown as Page;
  };
  const now = async (agency = 'hhs'): Promise<string> =>
    (await changes('cursor=now', agency)).page.nextCursor;
  const seen = ({ items }: Page) => items.map(({ body, sequence }) => `${body.id} ${sequence}`);
  /** Reads on until there is nothing to read. */
  const rest = async (from: string, agency = 'hhs', limit = 100): Promise<Item[]> => {
    const items: Item[] = [];
    for (let cursor = from; ;) {
      const page = await changes(`limit=${limit}${cursor && `&cursor=${cursor}`}`, agency);
      items.push(...page.items);
      cursor = page.page.nextCursor;
      if (!page.page.more) return items;
    }
  };

  describe('the feed', () => {
    it('carries what the webhooks carried, page by page', async () => {
      await create('f1');
      await update('f1');
      await create('f2');
      await until('all is delivered', () => receiver.accepted.length >= 3);
      await until('all is settled', async () => (await rest('', 'hhs')).length === 3);
      const first = await changes('limit=2');
      expect(first.page).toMatchObject({ limit: 2, more: true });
      const second = await changes(`limit=2&cursor=${first.page.nextCursor}`);
      const items = [...first.items, ...second.items];
      expect(seen({ ...first, items })).toEqual(['f1 1', 'f1 2', 'f2 1']);
      for (const { id, type, body } of items) {
        const sent = receiver.accepted.find(({ headers }) => headers['webhook-id'] === id);
        expect(sent?.headers['ce-type']).toBe(type);
        expect(JSON.parse(String(sent?.body))).toEqual(body);
      }
      const end = await changes(`cursor=${second.page.nextCursor}`);
      expect(end).toMatchObject({ items: [], page: { more: false } });
    });

    it('waits for a transaction that commits late, and never passes over it', async () => {
      const cursor = await now();
      const writer = await owner.connect();
      await writer.query('BEGIN');
      await writer.query("INSERT INTO policies (agency, id, title) VALUES ('hhs', 'late', 'x')");
      await create('early');
      const before = await changes(`cursor=${cursor}`);
      expect(before.items).toEqual([]);
      await writer.query('COMMIT');
      writer.release();
      await until('both are settled', async () => (await rest(before.page.nextCursor)).length === 2);
      expect(seen(await changes(`cursor=${before.page.nextCursor}`))).toEqual(['late 1', 'early 1']);
    });

    it('shows each agency its own changes, and all of them to the platform', async () => {
      const cursor = await now();
      await create('a1', 'va');
      await create('a1', 'ssa');
      await until('both are settled', async () => (await rest(cursor, 'va')).length === 1);
      expect((await rest(cursor, 'va')).map(({ body }) => body.data.agency)).toEqual(['va']);
      expect(await rest(cursor)).toEqual([]);
      const foreign = await app.request('GET', '/api/sync/policies/changes?agency=va', {
        scopes: ['policies:read'],
      });
      expect(foreign).toMatchObject({ status: 403, body: { code: 'insufficient-scope' } });
      const platform = ['policies:read', 'platform:sync'];
      expect((await changes(`cursor=${cursor}`, 'hhs', platform)).items).toHaveLength(2);
      expect((await changes(`cursor=${cursor}&agency=ssa`, 'hhs', platform)).items).toHaveLength(1);
    });

    it('answers a waiting request as soon as there is a change, and only with one', async () => {
      const cursor = await now();
      const waiting = changes(`cursor=${cursor}&wait=20`);
      const began = performance.now();
      await pause(300);
      await create('foreign', 'va');
      await pause(300);
      const made = app.request('POST', '/api/policies', { body: { id: 'awaited', title: 'x' } });
      expect((await made).status).toBe(201);
      expect(seen(await waiting)).toEqual(['awaited 1']);
      expect(performance.now() - began).toBeLessThan(10_000);
      const vain = performance.now();
      expect((await changes(`cursor=${await now()}&wait=1`)).items).toEqual([]);
      expect(performance.now() - vain).toBeGreaterThan(950);
    });

    it('ends the wait of a client that goes away, and refuses a crowd', async () => {
      const leave = new AbortController();
      const url = `${app.url}/api/sync/policies/changes?cursor=${await now('crowd')}&wait=30`;
      const headers = { Authorization: `Bearer ${app.token('crowd', ['policies:read'])}` };
      // What was committed just before may end a wait at once, and another request be let in for it.
      const stay = async (): Promise<void> => {
        while (!leave.signal.aborted) {
          const answer = await fetch(url, { headers, signal: leave.signal }).catch(() => undefined);
          if (answer?.status === 503) await pause(50);
        }
      };
      const crowd = Array.from({ length: 25 }, stay);
      const ask = () =>
        app.request('GET', url.slice(app.url.length).replace('wait=30', 'wait=1'), { agency: 'crowd' });
      await until('it is crowded', async () => (await ask()).status === 503);
      expect((await ask()).headers.get('retry-after')).toBe('5');
      leave.abort();
      await Promise.all(crowd);
      await until('there is room again', async () => (await ask()).status === 200);
    });

    it('says that it cannot go on where its entry was replaced, or an entry was removed unread', async () => {
      const cursor = await now();
      await create('replaced');
      for (let n = 0; n < 3; n += 1) await update('replaced');
      await until('all is settled', async () => (await rest(cursor)).length === 4);
      const half = await changes(`cursor=${cursor}&limit=2`);
      const end = await now();
      await superuser.query(
        `ALTER TABLE hms.changes DISABLE TRIGGER USER;
         INSERT INTO hms.removed_changes SELECT xid, seq, resource, agency, record_id, version, hash, 1
           FROM hms.changes WHERE record_id = 'replaced' AND version <= 2;
         DELETE FROM hms.changes WHERE record_id = 'replaced' AND version <= 2;
         ALTER TABLE hms.changes ENABLE TRIGGER USER`,
      );
      const get = (from: string) => app.request('GET', `/api/sync/policies/changes?cursor=${from}`);
      expect(await get(cursor)).toMatchObject({ status: 410, body: { code: 'cursor-expired' } });
      // This one has read what is gone, and its own entry is.
      expect(seen((await get(half.page.nextCursor)).body as unknown as Page)).toEqual([
        'replaced 3',
        'replaced 4',
      ]);
      // Whoever begins now misses nothing.
      expect(seen(await changes('limit=1000')).filter((text) => text.startsWith('replaced'))).toHaveLength(2);
      const [xid, seq, check, retention] = JSON.parse(Buffer.from(end, 'base64url').toString()) as unknown[];
      const forged = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
      expect(
        await get(forged(xid, seq, check === '00000000' ? '11111111' : '00000000', retention)),
      ).toMatchObject({
        status: 410,
      });
      expect(await get('nonsense')).toMatchObject({ status: 400, body: { code: 'invalid-parameter' } });
      expect((await get(end)).status).toBe(200);
    });
  });

  describe('the manifest', () => {
    it('agrees with what a receiver holds, and names what it does not', async () => {
      for (let n = 0; n < 5; n += 1) await create(`m${n}`, 'manifest');
      await update('m1', 'manifest');
      await owner.query("UPDATE policies SET deleted_at = now() WHERE agency = 'manifest' AND id = 'm2'");
      const mine = () => receiver.accepted.filter(({ record }) => record.startsWith('policies/manifest/'));
      await until('all is delivered', () => mine().length === 7);
      const newest = new Map(mine().map((one) => [one.record.split('/')[2], one]));
      const entries: { id: string; version: number; sha256: string; deleted: boolean }[] = [];
      for (let cursor = ''; ;) {
        const { body } = await app.request('GET', `/api/sync/policies/manifest?limit=2${cursor}`, {
          agency: 'manifest',
        });
        entries.push(...(body['items'] as typeof entries));
        const { nextCursor } = body['page'] as { nextCursor: string | null };
        if (nextCursor === null) break;
        cursor = `&cursor=${nextCursor}`;
      }
      expect(entries.map(({ id }) => id)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
      for (const { id, version, sha256, deleted } of entries) {
        const { body, version: received } = newest.get(id) ?? { body: Buffer.alloc(0), version: 0 };
        const data = body.subarray(`{"id":"${id}","data":`.length, -1);
        expect([received, createHash('sha256').update(data).digest('hex')]).toEqual([version, sha256]);
        expect(deleted).toBe(id === 'm2');
      }
    });

    it('names the agency to the platform alone', async () => {
      const of = async (scopes: string[], query = '') =>
        (await app.request('GET', `/api/sync/policies/manifest${query}`, { agency: 'manifest', scopes }))
          .body['items'];
      expect(await of(['policies:read'])).not.toContainEqual(
        expect.objectContaining({ agency: expect.anything() as string }),
      );
      const all = await of(['policies:read', 'platform:sync']);
      expect(all).toContainEqual(expect.objectContaining({ id: 'f1', agency: 'hhs' }));
      expect(all).toContainEqual(expect.objectContaining({ id: 'm1', agency: 'manifest' }));
      expect(await of(['policies:read', 'platform:sync'], '?agency=va')).toHaveLength(2);
    });
  });

  describe('the status of a record', () => {
    const status = (id: string, agency = 'hhs') =>
      app.request('GET', `/api/policies/${id}/sync`, { agency, scopes: ['policies:read'] });
    const cursor = (set: string) =>
      superuser.query(`UPDATE hms.sync_cursors SET ${set} WHERE record_id = 's1' AND agency = 'hhs'`);

    it('tells each state', async () => {
      await create('s1');
      await until('it is delivered', async () =>
        JSON.stringify((await status('s1')).body).includes('"delivered"'),
      );
      const target = {
        name: 'environment',
        deliveredVersion: 1,
        latestVersion: 1,
        lastStatus: 204,
        pendingSince: null,
      };
      expect((await status('s1')).body).toEqual({
        id: 's1',
        version: 1,
        targets: [{ ...target, state: 'delivered' }],
      });
      const state = async () => ((await status('s1')).body['targets'] as { state: string }[])[0]?.state;
      // An hour ahead, so that nobody sends it meanwhile.
      await cursor(
        "pending_since = now(), attempts = 2, due_at = now() + interval '1 hour', last_status = 503",
      );
      expect((await status('s1')).body['targets']).toEqual([
        {
          ...target,
          state: 'backing-off',
          lastStatus: 503,
          pendingSince: expect.stringMatching(/^\d.*Z$/) as string,
        },
      ]);
      await cursor('attempts = 0');
      expect(await state()).toBe('pending');
      await cursor('held_at = now(), due_at = null');
      expect(await state()).toBe('held');
      await cursor("held_at = null, due_at = now() + interval '1 hour'");
      await superuser.query("UPDATE hms.sync_targets SET paused = true WHERE name = 'environment'");
      expect(await state()).toBe('paused');
      await superuser.query("UPDATE hms.sync_targets SET paused = false WHERE name = 'environment'");
      await cursor('due_at = null, pending_since = null');
    });

    it('is of the own agency, and of the targets that apply to it', async () => {
      await superuser.query(
        `INSERT INTO hms.sync_targets (resource, agency, name, url, paused)
         VALUES ('policies', 'va', 'of-va', 'http://127.0.0.1:9', true)`,
      );
      await create('s2', 'va');
      const names = async (id: string, agency: string) =>
        ((await status(id, agency)).body['targets'] as { name: string }[]).map(({ name }) => name);
      expect(await names('s2', 'va')).toEqual(['environment', 'of-va']);
      expect(await names('s1', 'hhs')).toEqual(['environment']);
      expect(await status('s2', 'hhs')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    });
  });
});
