import { Pool } from 'pg';
import { Webhook } from 'standardwebhooks';
import { type Answer, type RequestOptions, startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { gate, until } from '../support/gate.js';
import { Receiver } from '../support/receiver.js';

const admin = ['sync:admin', 'policies:read', 'policies:write', 'items:read', 'items:write'];
const platform = [...admin, 'platform:sync', 'audit:read', 'platform:audit'];

describe('the administration of sync targets', () => {
  let service: TestApp;
  let receiver: Receiver;
  let superuser: Pool;
  let names = 0;

  beforeAll(async () => {
    service = await startApp();
    superuser = superuserPool(service.databases.names.policy);
  });

  afterAll(async () => {
    await superuser.end();
    await service.close();
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    await superuser.query('DELETE FROM hms.sync_targets');
    await receiver.down();
  });

  const send = (method: string, path: string, options: RequestOptions = {}): Promise<Answer> =>
    service.request(method, `/api/sync/policies/targets${path}`, { scopes: admin, ...options });
  const url = (): string => receiver.url.replace('{resource}', 'policies');
  const make = async (members: object = {}, options: RequestOptions = {}): Promise<Answer> =>
    send('POST', '', { body: { name: `target-${(names += 1)}`, url: url(), ...members }, ...options });
  const made = async (
    members: object = {},
    options: RequestOptions = {},
  ): Promise<Record<string, unknown>> => {
    const { status, body } = await make(members, options);
    expect([status, body]).toEqual([201, expect.anything()]);
    return body;
  };
  const write = (id: string, agency = 'hhs', members: object = {}): Promise<Answer> =>
    service.request('POST', '/api/policies', { agency, body: { id, title: id, ...members } });
  const change = (id: string, body: object): Promise<Answer> =>
    service.request('PUT', `/api/policies/${id}`, { body });

  it('makes a target, shows its secret once, and fills it with the records there are', async () => {
    await write('before');
    const { status, headers, body } = await make({ name: 'case-system' });
    expect(status).toBe(201);
    const path = `/api/sync/policies/targets/${String(body['id'])}`;
    expect(headers.get('location')).toBe(path);
    expect(headers.get('etag')).toBe('"1.1"');
    expect(headers.get('cache-control')).toBe('no-store');
    const { secret, ...target } = body;
    expect(secret).toMatch(/^whsec_/);
    expect(target).toEqual({
      id: expect.any(Number) as number,
      resource: 'policies',
      agency: 'hhs',
      name: 'case-system',
      origin: 'api',
      url: url(),
      actions: null,
      condition: null,
      mode: 'every',
      afterDeadLetter: 'hold',
      timeout: null,
      concurrency: null,
      headerNames: [],
      allowedNetworks: [],
      signingKeys: [
        {
          id: expect.any(Number) as number,
          scheme: 'v1',
          publicKey: null,
          createdAt: expect.stringMatching(/Z$/) as string,
          expiresAt: null,
        },
      ],
      paused: false,
      pausedAt: null,
      pausedReason: null,
      detached: false,
      revision: 1,
      createdAt: expect.stringMatching(/Z$/) as string,
      updatedAt: target['createdAt'],
    });
    const read = await service.request('GET', path, { scopes: admin });
    expect(read.body).toEqual(target);
    expect(read.headers.get('etag')).toBe('"1.1"');
    expect((await send('GET', '')).body).toEqual({ items: [target] });
    await write('after');
    await until('both have arrived', () => receiver.accepted.length === 2);
    for (const { body: bytes, headers: sent } of receiver.received)
      expect(() => new Webhook(String(secret)).verify(bytes, sent as Record<string, string>)).not.toThrow();
  });

  it('takes a timeout to the millisecond, whatever a double makes of it', async () => {
    const { id } = await made({});
    for (const timeout of [0.1, 1.001, 4.035, 29.999]) {
      const { status, body } = await send('PUT', `/${String(id)}`, { body: { timeout } });
      expect([status, body['timeout']]).toEqual([200, timeout]);
    }
  });

  it('changes what is named, keeps the rest, and heeds If-Match', async () => {
    const { id } = await made({ actions: ['created'], timeout: 2.5, concurrency: 3, mode: 'latest' });
    const { status, headers, body } = await send('PUT', `/${String(id)}`, {
      body: { actions: null, timeout: null, afterDeadLetter: 'skip', name: 'renamed' },
      headers: { 'If-Match': '"1.1"' },
    });
    expect(status).toBe(200);
    expect(headers.get('etag')).toBeNull();
    expect(body).toMatchObject({
      name: 'renamed',
      actions: null,
      timeout: null,
      concurrency: 3,
      mode: 'latest',
      afterDeadLetter: 'skip',
      revision: 2,
    });
    const late = await send('PUT', `/${String(id)}`, {
      body: { concurrency: 4 },
      headers: { 'If-Match': '"1.1"' },
    });
    expect([late.status, late.body['code']]).toEqual([412, 'precondition-failed']);
    const same = await send('PUT', `/${String(id)}`, { body: { concurrency: 3 } });
    expect(same.body).toEqual(body);
    const gone = await send('DELETE', `/${String(id)}`, { headers: { 'If-Match': '"1.1"' } });
    expect(gone.status).toBe(412);
    expect((await send('DELETE', `/${String(id)}`, { headers: { 'If-Match': '"2.1"' } })).status).toBe(204);
    expect((await send('GET', `/${String(id)}`)).status).toBe(404);
  });

  it('starts a resync when the filter changes, in place of one that runs, and not otherwise', async () => {
    const { id } = await made();
    const jobs = async (): Promise<unknown[]> => {
      const { rows } = await superuser.query<unknown[]>(
        `SELECT kind, CASE WHEN kind = 'resync' THEN state END AS state, created_by FROM hms.sync_jobs
         WHERE target_id = $1 ORDER BY id`,
        [id],
      );
      return rows;
    };
    const fill = { kind: 'fill', state: null, created_by: 'tester' };
    const resync = { kind: 'resync', created_by: 'tester' };
    await send('PUT', `/${String(id)}`, { body: { concurrency: 2, url: `${url()}?moved` } });
    expect(await jobs()).toEqual([fill]);
    await superuser.query(`UPDATE hms.sync_targets SET paused = true WHERE id = $1`, [id]);
    await send('PUT', `/${String(id)}`, { body: { condition: { status: ['published'] } } });
    await send('PUT', `/${String(id)}`, { body: { condition: { status: ['published'] } } });
    expect(await jobs()).toEqual([fill, { ...resync, state: expect.any(String) as string }]);
    await superuser.query(
      `UPDATE hms.sync_jobs SET state = 'running' WHERE target_id = $1 AND kind = 'resync'`,
      [id],
    );
    await send('PUT', `/${String(id)}`, { body: { actions: ['created'] } });
    expect(await jobs()).toEqual([
      fill,
      { ...resync, state: 'cancelled' },
      { ...resync, state: expect.any(String) as string },
    ]);
  });

  it('answers the target of another agency exactly as one that does not exist', async () => {
    const { id } = await made({}, { agency: 'va' });
    const calls: [string, string, unknown?][] = [
      ['GET', ''],
      ['PUT', '', { concurrency: 1 }],
      ['DELETE', ''],
      ['POST', '/pause', { reason: 'x' }],
      ['POST', '/resume'],
      ['POST', '/rotate-secret', {}],
      ['POST', '/test'],
    ];
    for (const [method, action, body] of calls) {
      const other = await send(method, `/${String(id)}${action}`, { body });
      const missing = await send(method, `/999${action}`, { body });
      const plain = ({ body: { detail, code }, status }: Answer, own: unknown): unknown => ({
        code,
        status,
        detail: String(detail).replace(String(own), 'ID'),
      });
      expect(plain(other, id)).toEqual(plain(missing, 999));
      expect(other.status).toBe(404);
    }
    expect((await send('GET', '')).body).toEqual({ items: [] });
    expect((await send('GET', '?agency=va')).status).toBe(403);
    expect(receiver.received).toEqual([]);
    expect((await send('GET', `/${String(id)}`, { agency: 'va' })).body['revision']).toBe(1);
  });

  it('lets callers with the platform scope alone manage targets of all agencies and of any', async () => {
    for (const agency of [null, 'va']) {
      const refused = await make({ agency });
      expect([refused.status, refused.body['code']]).toEqual([403, 'insufficient-scope']);
    }
    const common = await made({ agency: null, name: 'common' }, { scopes: platform });
    const theirs = await made({ agency: 'va', name: 'theirs' }, { scopes: platform });
    const own = await made({ name: 'own' });
    const listed = async (query: string, scopes: string[]): Promise<unknown[]> => {
      const { body } = await send('GET', query, { scopes });
      return (body['items'] as { name: string }[]).map(({ name }) => name);
    };
    expect(await listed('', admin)).toEqual(['own']);
    expect(await listed('', platform)).toEqual(['common', 'own']);
    expect(await listed('?agency=va', platform)).toEqual(['common', 'theirs']);
    expect((await send('GET', `/${String(common['id'])}`)).status).toBe(404);
    expect((await send('GET', `/${String(theirs['id'])}`, { scopes: platform })).status).toBe(200);
    await write('of-va', 'va');
    await until('two targets have it', () => receiver.accepted.length >= 2);
    expect(receiver.accepted.every(({ record }) => record.startsWith('policies/'))).toBe(true);
    expect((await send('GET', `/${String(own['id'])}`)).body['agency']).toBe('hhs');
  });

  it('needs the scope sync:admin, and a resource that there is', async () => {
    expect((await send('GET', '', { scopes: ['policies:read', 'platform:sync'] })).status).toBe(403);
    const unknown = await service.request('GET', '/api/sync/people/targets', { scopes: admin });
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'not-found']);
    for (const id of ['0', 'x', '99999999999', '1.5']) expect((await send('GET', `/${id}`)).status).toBe(404);
  });

  it.each<[why: string, members: object, pointer: string]>([
    ['no address', { url: null }, '/url'],
    ['an address of another kind', { url: 'ftp://external.gov/' }, '/url'],
    ['an address with a password', { url: 'https://u:p@external.gov/' }, '/url'],
    ['an address with braces', { url: 'https://external.gov/{resource}' }, '/url'],
    ['a name with capitals', { name: 'Case' }, '/name'],
    ['a name of the service itself', { name: 'environment' }, '/name'],
    ['an unknown action', { actions: ['made'] }, '/actions'],
    ['no action', { actions: [] }, '/actions'],
    ['an action twice', { actions: ['created', 'created'] }, '/actions'],
    ['an unknown member in the condition', { condition: { colour: ['red'] } }, '/condition/colour'],
    ['a member with many values in the condition', { condition: { tags: ['a'] } }, '/condition/tags'],
    ['a condition without values', { condition: { status: [] } }, '/condition'],
    ['a condition with objects', { condition: { status: [{}] } }, '/condition'],
    ['a condition with a single value', { condition: { status: 'published' } }, '/condition'],
    ['an unknown mode', { mode: 'newest' }, '/mode'],
    ['an unknown end', { afterDeadLetter: 'stop' }, '/afterDeadLetter'],
    ['too much time', { timeout: 30.5 }, '/timeout'],
    ['no concurrency', { concurrency: 0 }, '/concurrency'],
    ['a header of the contract', { headers: { 'Webhook-Id': 'x' } }, '/headers'],
    ['a header of the connection', { headers: { Host: 'x' } }, '/headers'],
    ['a header with a line break', { headers: { 'x-key': 'a\r\nb: c' } }, '/headers'],
    ['a header twice', { headers: { 'x-key': 'a', 'X-Key': 'b' } }, '/headers'],
    ['too many characters in headers', { headers: { 'x-key': 'a'.repeat(9000) } }, '/headers'],
    ['a network that is none', { allowedNetworks: ['10.0.0.0/33'] }, '/allowedNetworks'],
    ['a short secret', { secret: 'whsec_c2hvcnQ=' }, '/secret'],
    ['a secret of its own for a key pair', { scheme: 'v1a', secret: `whsec_${'A'.repeat(44)}` }, '/secret'],
    ['an unknown member', { paused: true }, '/paused'],
    ['an unknown member named like a method', { toString: 1 }, '/toString'],
  ])('refuses %s, and changes nothing', async (_why, members, pointer) => {
    const refused = await make(members, { scopes: platform });
    expect(refused.status).toBe(422);
    expect(refused.body['errors']).toEqual([{ pointer, detail: expect.any(String) as string }]);
    const { rows } = await superuser.query('SELECT FROM hms.sync_targets');
    expect(rows).toEqual([]);
  });

  it('opens private networks only for callers with the platform scope', async () => {
    const allowedNetworks = ['10.1.0.0/16', 'fd12::/48'];
    expect((await make({ allowedNetworks })).status).toBe(403);
    const { id, allowedNetworks: stored } = await made({ allowedNetworks }, { scopes: platform });
    expect(stored).toEqual(allowedNetworks);
    const wider = { body: { allowedNetworks: ['10.0.0.0/8'] } };
    expect((await send('PUT', `/${String(id)}`, wider)).status).toBe(403);
    const narrower = await send('PUT', `/${String(id)}`, { body: { allowedNetworks: ['10.1.0.0/16'] } });
    expect(narrower.status).toBe(200);
  });

  it('gives a name to one of those who want it at once, and refuses the 21st target', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => make({ name: 'wanted' })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array<number>(7).fill(409),
    ]);
    expect(new Set(answers.filter(({ status }) => status === 409).map(({ body }) => body['code']))).toEqual(
      new Set(['name-taken']),
    );
    const more = await Promise.all(Array.from({ length: 22 }, () => make()));
    const refused = more.filter(({ status }) => status !== 201);
    expect(refused.map(({ body }) => body['code'])).toEqual(Array(3).fill('too-many-targets'));
    await made({}, { agency: 'va' });
    const { rows } = await superuser.query<{ id: number }>(
      `SELECT id FROM hms.sync_targets WHERE agency = 'hhs' AND name <> 'wanted' ORDER BY id`,
    );
    const renames = await Promise.all(
      rows.slice(0, 2).map(({ id }) => send('PUT', `/${id}`, { body: { name: 'wanted' } })),
    );
    expect(renames.map(({ body }) => body['code'])).toEqual(['name-taken', 'name-taken']);
  });

  it('sends extra headers with every message, and never shows their values', async () => {
    const headers = { Authorization: 'Bearer t0p-secret', 'x-tenant': '7' };
    const target = await made({ headers });
    expect(target['headerNames']).toEqual(['authorization', 'x-tenant']);
    await write('with-headers');
    await until('it has arrived', () => receiver.accepted.length > 0);
    expect(receiver.received[0]?.headers).toMatchObject({
      authorization: 'Bearer t0p-secret',
      'x-tenant': '7',
      'content-type': 'application/json',
    });
    const { body } = await send('PUT', `/${String(target['id'])}`, { body: { headers: null } });
    expect(body).toMatchObject({ headerNames: [], revision: 2 });
    const before = receiver.received.length;
    await change('with-headers', { title: 'new' });
    await until('the change has arrived', () => receiver.received.length > before);
    expect(receiver.received.at(-1)?.headers).not.toHaveProperty('authorization');
  });

  it('sends a target nothing while it is paused, from the moment of the answer on', async () => {
    const { id } = await made();
    const paused = await send('POST', `/${String(id)}/pause`, { body: { reason: 'It moves.' } });
    expect(paused.status).toBe(200);
    expect(paused.body).toMatchObject({ paused: true, pausedReason: 'It moves.', revision: 2 });
    expect(paused.headers.get('etag')).toBe('"2.1"');
    await write('meanwhile');
    await send('POST', `/${String(id)}/test`);
    expect(receiver.received.map(({ headers }) => headers['ce-type'])).toEqual(['gov.hms.ping']);
    const resumed = await send('POST', `/${String(id)}/resume`);
    expect(resumed.body).toMatchObject({ paused: false, pausedAt: null, pausedReason: null, revision: 3 });
    await until('the change arrives', () =>
      receiver.accepted.some(({ record }) => record === 'policies/hhs/meanwhile'),
    );
    expect((await send('POST', `/${String(id)}/pause`, { body: {} })).status).toBe(422);
  });

  it('gives a target that was given up for its long pause everything anew when it is resumed', async () => {
    const { id } = await made();
    await superuser.query(`UPDATE hms.sync_targets SET paused = true, detached = true WHERE id = $1`, [id]);
    expect((await send('POST', `/${String(id)}/resume`)).body).toMatchObject({ detached: false });
    const { rows } = await superuser.query(
      `SELECT FROM hms.sync_jobs WHERE target_id = $1 AND kind = 'resync'`,
      [id],
    );
    expect(rows).toHaveLength(1);
  });

  it.each([
    ['it is deleted', 'DELETE', '', undefined, 204],
    ['it is paused', 'POST', '/pause', { reason: 'Now.' }, 200],
  ])('begins no request to a target after the answer that %s', async (_why, method, action, body, status) => {
    const arrived = gate();
    const answer = gate();
    receiver.script = async () => {
      arrived.open();
      await answer.passed;
      return { status: 200 };
    };
    const { id } = await made({ concurrency: 1 });
    for (let n = 0; n < 40; n += 1) await write(`${method}-${n}`.toLowerCase());
    await arrived.passed;
    // By now several are claimed, and wait behind the one under way for their turn.
    await until('several are claimed', async () => {
      const { rows } = await superuser.query<{ claimed: number }>(
        'SELECT count(*)::int AS claimed FROM hms.sync_cursors WHERE target_id = $1 AND claimed_until > now()',
        [id],
      );
      return (rows[0]?.claimed ?? 0) > 2;
    });
    expect((await send(method, `/${String(id)}${action}`, { body })).status).toBe(status);
    const begun = receiver.received.length;
    answer.open();
    await until('the claims are given back', async () => {
      const { rows } = await superuser.query(
        'SELECT FROM hms.sync_cursors WHERE target_id = $1 AND claimed_until > now()',
        [id],
      );
      return rows.length === 0;
    });
    expect(receiver.received).toHaveLength(begun);
  });

  it('removes the cursors of a deleted target', async () => {
    const { id } = await made();
    await write('left-over');
    await until('it has arrived', () => receiver.accepted.length > 0);
    const cursors = async (): Promise<unknown[]> =>
      (await superuser.query<never>('SELECT FROM hms.sync_cursors WHERE target_id = $1', [id])).rows;
    expect(await cursors()).not.toEqual([]);
    await send('DELETE', `/${String(id)}`);
    await until('its cursors are gone', async () => (await cursors()).length === 0);
  });

  it('soon removes the cursor that was held when its target was deleted', async () => {
    const { id } = await made();
    await write('held');
    await write('free');
    await until('both have arrived', () => receiver.accepted.length === 2);
    const cursors = async (): Promise<unknown[]> =>
      (await superuser.query<never>('SELECT record_id FROM hms.sync_cursors WHERE target_id = $1', [id]))
        .rows;
    const holder = await superuser.connect();
    try {
      await holder.query('BEGIN');
      await until('it is held', async () => {
        const { rowCount } = await holder.query(
          `SELECT FROM hms.sync_cursors WHERE target_id = $1 AND record_id = 'held' FOR UPDATE SKIP LOCKED`,
          [id],
        );
        return rowCount === 1;
      });
      await send('DELETE', `/${String(id)}`);
      await until('the other is gone', async () => (await cursors()).length === 1);
      expect(await cursors()).toEqual([{ record_id: 'held' }]);
      await holder.query('COMMIT');
    } finally {
      holder.release();
    }
    await until('it is gone too', async () => (await cursors()).length === 0);
  });

  it('sends what is claimed under a change of the address to the new one', async () => {
    const other = await Receiver.start();
    try {
      receiver.script = () => ({ status: 503 });
      const { id } = await made();
      await write('moved');
      await until('it is refused', () => receiver.received.length > 0);
      await send('PUT', `/${String(id)}`, { body: { url: other.url.replace('{resource}', 'policies') } });
      const old = receiver.received.length;
      await until('it arrives', () => other.accepted.length > 0);
      expect(receiver.received).toHaveLength(old);
    } finally {
      await other.down();
    }
  });

  it('tests a target with a signed message that is about no record', async () => {
    const { id, secret } = await made({ timeout: 0.3 });
    await until('it is filled', async () => {
      const { rows } = await superuser.query(
        `SELECT FROM hms.sync_cursors WHERE target_id = $1 AND due_at IS NOT NULL
         UNION ALL SELECT FROM hms.sync_jobs WHERE target_id = $1 AND state = 'running'`,
        [id],
      );
      return rows.length === 0;
    });
    const cursors = async (): Promise<unknown> =>
      (await superuser.query('SELECT * FROM hms.sync_cursors')).rows;
    const before = await cursors();
    receiver.received.length = 0;
    expect((await send('POST', `/${String(id)}/test`)).body).toEqual({
      delivered: true,
      status: 204,
      error: null,
      duration: expect.any(Number) as number,
    });
    const [ping] = receiver.received;
    expect(ping?.headers['ce-type']).toBe('gov.hms.ping');
    const message = new Webhook(String(secret)).verify(
      ping?.body ?? '',
      ping?.headers as Record<string, string>,
    );
    expect(message).toEqual({
      id: ping?.headers['webhook-id'],
      data: { ping: true, resource: 'policies' },
    });
    receiver.script = () => ({ status: 401 });
    expect((await send('POST', `/${String(id)}/test`)).body).toMatchObject({
      delivered: false,
      status: 401,
      error: 'HTTP 401',
    });
    receiver.script = () => 'hang';
    const slow = await send('POST', `/${String(id)}/test`);
    expect(slow.body).toMatchObject({ delivered: false, status: null, error: 'timeout' });
    expect(await cursors()).toEqual(before);
  });

  it('records what is done to targets in the audit trail of their agency', async () => {
    const { id } = await made({ agency: 'audited-agency', name: 'audited' }, { scopes: platform });
    const options = { scopes: platform, headers: { 'Change-Reason': 'ticket 42' } };
    await send('PUT', `/${String(id)}`, {
      ...options,
      body: { concurrency: 2, headers: { 'x-key': 'hidden' } },
    });
    await send('PUT', `/${String(id)}`, { ...options, body: { concurrency: 2 } });
    await send('POST', `/${String(id)}/pause`, { ...options, body: { reason: 'It moves.' } });
    await send('POST', `/${String(id)}/resume`, options);
    await send('POST', `/${String(id)}/rotate-secret`, { ...options, body: { overlap: 60 } });
    await send('POST', `/${String(id)}/test`, options);
    await send('DELETE', `/${String(id)}`, { ...options, headers: { 'If-Match': '"1.1"' } });
    await send('DELETE', `/${String(id)}`, options);
    const trail = await service.request('GET', '/api/audit?category=security&resource=policies', {
      agency: 'audited-agency',
      scopes: ['audit:read'],
    });
    const entries = trail.body['items'] as Record<string, unknown>[];
    expect(entries.map(({ action, reason }) => [action, reason])).toEqual([
      ['sync.target.deleted', `target ${String(id)} (audited); ticket 42`],
      ['sync.target.tested', `target ${String(id)} (audited); ticket 42`],
      [
        'sync.target.secret-rotated',
        `target ${String(id)} (audited): the old secret signs for 60 seconds more; ticket 42`,
      ],
      ['sync.target.resumed', `target ${String(id)} (audited); ticket 42`],
      ['sync.target.paused', `target ${String(id)} (audited): It moves.; ticket 42`],
      ['sync.target.updated', `target ${String(id)} (audited): concurrency, headers changed; ticket 42`],
      ['sync.target.created', `target ${String(id)} (audited)`],
    ]);
    expect(entries[0]).toMatchObject({
      outcome: 'success',
      resource: 'policies',
      agency: 'audited-agency',
      actor: 'tester',
      route: 'DELETE /api/sync/:resource/targets/:id',
    });
    const filtered = await service.request('GET', '/api/audit?action=sync.target.paused', {
      agency: 'audited-agency',
      scopes: ['audit:read'],
    });
    expect(filtered.body['items']).toHaveLength(1);
  });

  it('works for the resource of any module', async () => {
    const { status, body } = await service.request('POST', '/api/sync/items/targets', {
      scopes: admin,
      body: {
        name: 'shop',
        url: receiver.url.replace('{resource}', 'items'),
        condition: { category: ['home-energy'] },
      },
    });
    expect([status, body['resource']]).toEqual([201, 'items']);
    const item = { id: 'i1', name: 'Check', category: 'home-energy', provider: { name: 'Northern' } };
    await service.request('POST', '/api/market/items', { body: item });
    await until('it has arrived', () => receiver.accepted.some(({ record }) => record === 'items/hhs/i1'));
    const { body: list } = await service.request('GET', '/api/sync/items/targets', { scopes: admin });
    expect(list['items']).toHaveLength(1);
  });
});
