import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { Webhook } from 'standardwebhooks';
import { MarketModule } from '../../src/market/market.module.js';
import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';
import { MappedPolicyModule, unmappable } from '../support/mapped-policies.js';
import { type Received, Receiver } from '../support/receiver.js';
import { secret } from '../support/sync-fixture.js';

type Item = Record<string, unknown>;

/** The service, with a module that says for itself what external systems get of its records. */
describe('a resource with a payload of its own', () => {
  let service: TestApp;
  let receiver: Receiver;
  let database: Pool;

  beforeEach(async () => {
    receiver = await Receiver.start();
    service = await startApp({ SYNC_URL: receiver.url, SYNC_SECRET: secret, LOG_LEVEL: 'warn' }, [
      MappedPolicyModule,
      MarketModule,
    ]);
    database = superuserPool(service.databases.names.policy);
  });

  afterEach(async () => {
    unmappable.clear();
    await service?.close();
    await database?.end();
    await receiver?.down();
  });

  const create = async (id: string, members: object): Promise<void> => {
    const { status } = await service.request('POST', '/api/policies', { body: { id, ...members } });
    expect(status).toBe(201);
  };
  const update = (id: string, members: object) =>
    service.request('PUT', `/api/policies/${id}`, { body: members });
  const messagesOf = (id: string): Received[] =>
    receiver.received.filter(({ record }) => record === `policies/hhs/${id}`);
  const arrived = (id: string, count: number): Promise<void> =>
    until(`${count} messages of ${id}`, () => messagesOf(id).length >= count);
  const bodyOf = ({ body, headers }: Received): unknown =>
    new Webhook(secret).verify(body.toString(), headers as Record<string, string>);
  const sync = (path: string) =>
    service.request('GET', `/api/sync/policies/${path}`, { scopes: ['policies:read'] });
  const feed = async (): Promise<Item[]> => (await sync('changes?limit=1000')).body['items'] as Item[];
  const dataIn = ({ body }: Received): Buffer => body.subarray(body.indexOf('"data":') + 7, -1);
  /** Of a record that fails, has the next attempt be the last. */
  const exhaust = (id: string): Promise<void> =>
    until(`${id} fails for the last time`, async () => {
      const { rows } = await database.query<{ held: boolean }>(
        `UPDATE hms.sync_cursors SET attempts = 7, due_at = now()
         WHERE record_id = $1 AND claim IS NULL AND attempts > 0 RETURNING held_at IS NOT NULL AS held`,
        [id],
      );
      return rows[0]?.held === true;
    });

  it('is sent as it says, signed, with the members that receivers go by', async () => {
    await create('p1', { title: 'Heating', description: 'For the winter', summary: 'internal' });
    await update('p1', { description: null });
    await service.request('DELETE', '/api/policies/p1');
    await arrived('p1', 3);
    const sent = { agency: 'hhs', name: 'Heating', deleted: false };
    expect(messagesOf('p1').map(bodyOf)).toEqual([
      { id: 'p1', data: { ...sent, version: 1, description: 'For the winter' } },
      { id: 'p1', data: { ...sent, version: 2, description: null } },
      { id: 'p1', data: { ...sent, version: 3, description: null, deleted: true } },
    ]);
    const answered = await service.request('GET', '/api/policies/p1/versions/1');
    expect(answered.body).toMatchObject({ title: 'Heating', summary: 'internal' });
  });

  it('is sent in the same bytes each time', async () => {
    receiver.script = (_, index) => ({ status: index === 0 ? 503 : 204 });
    await create('p1', { title: 'Heating', description: 'Für "alle"' });
    await arrived('p1', 2);
    const { rows } = await database.query<{ id: number }>(
      "SELECT id FROM hms.sync_targets WHERE resource = 'policies'",
    );
    await until('it is accepted', () => receiver.accepted.length === 1);
    const replay = await service.request('POST', `/api/sync/policies/targets/${rows[0]?.id}/replay`, {
      scopes: ['sync:admin', 'platform:sync'],
      body: { agency: 'hhs', recordId: 'p1', sinceVersion: 1 },
    });
    expect(replay.status).toBe(202);
    await arrived('p1', 3);
    const [first, second, third] = messagesOf('p1');
    expect(second?.body).toEqual(first?.body);
    expect(third?.body).toEqual(first?.body);
    expect(third?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  });

  it('is read in the feed and hashed in the manifest as it is sent', async () => {
    // More than the documents that are in memory at once.
    const ids = Array.from({ length: 30 }, (_, n) => `p${String(n).padStart(2, '0')}`);
    for (const id of ids) await create(id, { title: `${id} ü`, summary: 'internal' });
    await update('p07', { description: 'changed' });
    await until('all is delivered', () => receiver.accepted.length === 31);
    await until('all is settled', async () => (await feed()).length === 31);
    const items = await feed();
    for (const { id, body } of items) {
      const sent = receiver.accepted.find(({ headers }) => headers['webhook-id'] === id);
      expect(JSON.parse(String(sent?.body))).toEqual(body);
    }
    expect(JSON.stringify(items)).not.toContain('internal');
    const entries: Item[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await sync(`manifest?limit=28${cursor === '' ? '' : `&cursor=${cursor}`}`);
      entries.push(...(body['items'] as Item[]));
      cursor = (body['page'] as { nextCursor: string | null }).nextCursor;
    }
    expect(entries.map(({ id }) => id)).toEqual(ids);
    for (const { id, version, sha256 } of entries) {
      const newest = messagesOf(String(id)).at(-1);
      expect(newest?.version).toBe(version);
      expect(newest && createHash('sha256').update(dataIn(newest)).digest('hex')).toBe(sha256);
    }
  });

  it('is described in the OpenAPI document as it is sent', async () => {
    const { body } = await service.request('GET', '/api/openapi.json');
    const { webhooks, components } = body as unknown as {
      webhooks: Record<string, unknown>;
      components: { schemas: Record<string, { properties: object; required: string[] }> };
    };
    expect(JSON.stringify(webhooks['policy.updated'])).toContain('"#/components/schemas/PolicyPayload"');
    expect(JSON.stringify(webhooks['item.updated'])).toContain('"#/components/schemas/MarketItem"');
    const members = ['agency', 'version', 'deleted', 'description', 'name'];
    expect(Object.keys(components.schemas['PolicyPayload']?.properties ?? {})).toEqual(members);
    expect(components.schemas['PolicyPayload']?.required).toEqual(members);
  });

  it('is filtered by what is stored', async () => {
    const target = await service.request('POST', '/api/sync/policies/targets', {
      scopes: ['sync:admin'],
      body: {
        name: 'filtered',
        url: receiver.url.replace('{resource}', 'filtered'),
        condition: { summary: ['wanted'] },
        secret,
      },
    });
    expect(target.status).toBe(201);
    await create('p1', { title: 'One', summary: 'wanted' });
    await create('p2', { title: 'Two', summary: 'other' });
    await create('p3', { title: 'Three', summary: 'wanted' });
    const filtered = () => receiver.received.filter(({ record }) => record.startsWith('filtered/'));
    await until('both have arrived', () => filtered().length === 2);
    await until('nothing is left', async () => {
      const { rows } = await database.query('SELECT FROM hms.sync_cursors WHERE pending_since IS NOT NULL');
      return rows.length === 0;
    });
    expect(
      filtered()
        .map(({ record }) => record)
        .sort(),
    ).toEqual(['filtered/hhs/p1', 'filtered/hhs/p3']);
  });

  it('holds a record alone of which none can be made, and says no more than which mapping failed', async () => {
    unmappable.add('Broken');
    await create('broken', { title: 'Broken', summary: 'internal' });
    await create('p1', { title: 'One' });
    await arrived('p1', 1);
    await exhaust('broken');
    await create('p2', { title: 'Two' });
    await update('broken', { title: 'Mended' });
    await arrived('p2', 1);
    const letters = await service.request('GET', '/api/sync/policies/dead-letters', {
      scopes: ['sync:admin', 'platform:sync'],
    });
    const error = 'the payload mapping of policies failed: RangeError';
    expect(letters.body['items']).toEqual([
      expect.objectContaining({ recordId: 'broken', version: 1, attempts: 8, status: null, error }),
    ]);
    // It says nothing against the target, and the version behind it waits.
    expect((await database.query('SELECT FROM hms.sync_breakers')).rows).toEqual([]);
    expect(messagesOf('broken')).toEqual([]);
    const logs = service.logs.filter((line) => line.includes('broken'));
    expect(logs[0]).toContain(`record broken of agency hhs cannot be sent: ${error} at `);
    expect(logs[0]).toContain('mapped-policies');
    expect(logs.join('')).not.toContain('secret');
  });

  it('is held where none can be made of a record, also by a target that skips what it refuses', async () => {
    await database.query("UPDATE hms.sync_targets SET after_dead_letter = 'skip', revision = revision + 1");
    await service.restart();
    unmappable.add('Broken');
    await create('broken', { title: 'Broken' });
    await exhaust('broken');
    const { rows } = await database.query(
      "SELECT delivered_version, held_at IS NOT NULL AS held FROM hms.sync_cursors WHERE record_id = 'broken'",
    );
    expect(rows).toEqual([{ delivered_version: 0, held: true }]);
  });

  it('leaves a version of which none can be made out of the feed, and shows it in the manifest', async () => {
    unmappable.add('Broken');
    await create('broken', { title: 'Broken', summary: 'internal' });
    await create('p1', { title: 'One' });
    await until('p1 is settled', async () => (await feed()).length > 0);
    expect(await feed()).toMatchObject([{ sequence: 1, body: { id: 'p1' } }]);
    const { body } = await sync('manifest');
    expect(body['items']).toMatchObject([
      { id: 'broken', version: 1, sha256: createHash('sha256').digest('hex') },
      { id: 'p1', version: 1 },
    ]);
    expect(service.logs.join('')).toContain('The feed of policies leaves out version 1 of record broken');
    await update('broken', { title: 'Mended' });
    await until('the next version is settled', async () => (await feed()).length === 2);
    expect(await feed()).toMatchObject([
      { body: { id: 'p1' } },
      { body: { id: 'broken', data: { version: 2 } } },
    ]);
  });
});
