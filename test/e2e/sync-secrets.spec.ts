import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { Webhook } from 'standardwebhooks';
import { developmentIssuer } from '../../src/platform/auth/development-issuer.js';
import { type Answer, type RequestOptions, startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';
import { type Received, Receiver } from '../support/receiver.js';
import { databaseVariables } from '../support/service-process.js';

const admin = ['sync:admin', 'platform:sync', 'audit:read', 'platform:audit', 'policies:write'];
const keyOf = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;

/** Verifies as a receiver with the public key alone would; written from the specification. */
function isSignedBy(publicKey: string, received: Received | undefined): boolean {
  if (!received) return false;
  const { headers, body } = received;
  const raw = Buffer.from(publicKey.replace(/^whpk_/, ''), 'base64');
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  });
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures } = headers;
  const signed = Buffer.concat([Buffer.from(`${String(id)}.${String(time)}.`), body]);
  return String(signatures)
    .split(' ')
    .filter((signature) => signature.startsWith('v1a,'))
    .some((signature) => verify(null, signed, key, Buffer.from(signature.slice(4), 'base64')));
}

function isSignedWith(secret: string, received: Received | undefined): boolean {
  if (!received) return false;
  try {
    new Webhook(secret).verify(received.body, received.headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

describe('the secrets of sync targets', () => {
  let service: TestApp;
  let receiver: Receiver;
  let superuser: Pool;
  let records = 0;

  async function start(variables: Record<string, string> = {}): Promise<void> {
    receiver = await Receiver.start();
    service = await startApp(variables);
    superuser = superuserPool(service.databases.names.policy);
  }

  afterEach(async () => {
    await superuser.end();
    await service.close();
    await receiver.down();
  });

  const send = (method: string, path: string, options: RequestOptions = {}): Promise<Answer> =>
    service.request(method, `/api/sync/policies/targets${path}`, { scopes: admin, ...options });
  const make = (members: object = {}): Promise<Answer> =>
    send('POST', '', {
      body: { name: `t${(records += 1)}`, url: receiver.url.replace('{resource}', 'policies'), ...members },
    });
  const write = (): Promise<Answer> =>
    service.request('POST', '/api/policies', { body: { id: `p${(records += 1)}`, title: 'A policy' } });

  it('sign with the old and the new one for the time of the overlap, whatever is under way', async () => {
    await start();
    const { body: target } = await make();
    const secrets = [String(target['secret'])];
    const load = { goesOn: true };
    const writing = (async () => {
      while (load.goesOn) await write();
    })();
    await until('the load flows', () => receiver.accepted.length > 20);
    const rotated = await send('POST', `/${String(target['id'])}/rotate-secret`, { body: { overlap: 2 } });
    expect(rotated.status).toBe(200);
    secrets.push(String(rotated.body['secret']));
    expect(rotated.body).toMatchObject({
      revision: 2,
      signingKeys: [{ expiresAt: null }, { expiresAt: expect.any(String) as string }],
    });
    const both = receiver.received.length;
    await until('both sign', () => receiver.received.length > both + 20);
    const isOver = async (): Promise<boolean> => {
      const { body } = await send('GET', `/${String(target['id'])}`);
      return (body['signingKeys'] as unknown[]).length === 1;
    };
    await until('the overlap is over', isOver);
    // What this process knows of its targets may be a second old.
    const [old = '', fresh = ''] = secrets;
    const isOldGone = (): boolean => receiver.received.slice(-10).every((one) => !isSignedWith(old, one));
    await until('the old one signs no more', isOldGone, 3_000);
    load.goesOn = false;
    await writing;
    const { received } = receiver;
    expect(received.filter((one) => !secrets.some((secret) => isSignedWith(secret, one)))).toEqual([]);
    const first = received.findIndex((one) => isSignedWith(fresh, one));
    expect(received.slice(first).filter((one) => !isSignedWith(fresh, one))).toEqual([]);
    expect(isSignedWith(old, received[first])).toBe(true);
    expect(isSignedWith(old, received.at(-1))).toBe(false);
  });

  it('end at once without an overlap, and may be the caller’s own', async () => {
    await start();
    const own = `whsec_${randomBytes(24).toString('base64')}`;
    const { body: target } = await make({ secret: own });
    expect(target['secret']).toBeNull();
    const next = `whsec_${randomBytes(64).toString('base64')}`;
    await write();
    await until('it has arrived', () => receiver.accepted.length === 1);
    const { body } = await send('POST', `/${String(target['id'])}/rotate-secret`, {
      body: { overlap: 0, secret: next },
    });
    expect([body['secret'], (body['signingKeys'] as unknown[]).length]).toEqual([null, 1]);
    await write();
    await until('that has arrived too', () => receiver.accepted.length === 2);
    expect(receiver.accepted.map((one) => [isSignedWith(own, one), isSignedWith(next, one)])).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  it('may be a key pair, of which the receiver needs the public one alone', async () => {
    await start();
    const { body: target } = await make({ scheme: 'v1a' });
    expect(target['secret']).toBeNull();
    const publicKeys = (body: Record<string, unknown>): string[] =>
      (body['signingKeys'] as { publicKey: string }[]).map(({ publicKey }) => publicKey);
    const [first = ''] = publicKeys((await send('GET', `/${String(target['id'])}`)).body);
    expect(first).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    await write();
    await until('it has arrived', () => receiver.accepted.length === 1);
    expect(receiver.received.map((one) => isSignedBy(first, one))).toEqual([true]);
    expect(String(receiver.received[0]?.headers['webhook-signature'])).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
    const rotated = await send('POST', `/${String(target['id'])}/rotate-secret`, { body: {} });
    const [second = '', old] = publicKeys(rotated.body);
    expect(old).toBe(first);
    const toSecret = await send('POST', `/${String(target['id'])}/rotate-secret`, { body: { scheme: 'v1' } });
    await write();
    await until('that has arrived too', () => receiver.accepted.length === 2);
    const [, last] = receiver.received;
    expect([isSignedBy(first, last), isSignedBy(second, last)]).toEqual([true, true]);
    expect(isSignedWith(String(toSecret.body['secret']), last)).toBe(true);
    expect(isSignedBy(second, last && { ...last, body: Buffer.from('{}') })).toBe(false);
  });

  it('show up nowhere but in the answer that made them', async () => {
    await start({ LOG_LEVEL: 'trace' });
    const { body: target } = await make({ headers: { 'x-api-key': 'header-that-is-secret' } });
    const rotated = await send('POST', `/${String(target['id'])}/rotate-secret`, { body: {} });
    await make({ scheme: 'v1a' });
    await write();
    await until('it has arrived', () => receiver.accepted.length === 2);
    await send('PUT', `/${String(target['id'])}`, {
      body: { headers: { 'x-api-key': 'header-that-is-new' } },
    });
    await send('POST', `/${String(target['id'])}/test`);
    await make({
      name: 'Wrong',
      secret: target['secret'],
      headers: { 'x-api-key': 'header-that-is-secret' },
    });
    const answers = [await send('GET', ''), await send('GET', `/${String(target['id'])}`)];
    const trail = await service.request('GET', '/api/audit', { scopes: admin });
    const { rows } = await superuser.query<{ row: string }>(
      `SELECT to_jsonb(t)::text || encode(coalesce(headers, ''), 'escape') AS row FROM hms.sync_targets t
         UNION ALL SELECT to_jsonb(s)::text || encode(sealed, 'escape') FROM hms.sync_secrets s
         UNION ALL SELECT to_jsonb(e)::text FROM hms.security_events e
         UNION ALL SELECT to_jsonb(j)::text FROM hms.sync_jobs j`,
    );
    expect(rows.length).toBeGreaterThan(8);
    expect(service.logs.length).toBeGreaterThan(50);
    const all = [
      ...service.logs,
      ...rows.map(({ row }) => row),
      ...answers.map(({ text }) => text),
      trail.text,
    ].join();
    for (const secret of [target['secret'], rotated.body['secret']].map(String)) {
      const key = Buffer.from(secret.slice(6), 'base64');
      for (const form of [secret.slice(6), key.toString('hex'), key.toString('latin1')])
        expect(all.includes(form)).toBe(false);
    }
    expect(all).not.toMatch(/header-that-is|PRIVATE KEY/);
    const file = join(service.dataDirectory, 'sync', 'encryption-key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(file, 'utf8'), 'base64')).toHaveLength(32);
    expect(readdirSync(join(service.dataDirectory, 'sync'))).toEqual(['encryption-key']);
  });

  it('cannot be moved to another target in the database', async () => {
    await start();
    const [one, other] = [(await make()).body, (await make()).body];
    await superuser.query(
      `UPDATE hms.sync_secrets s SET sealed = o.sealed FROM hms.sync_secrets o
       WHERE s.target_id = $1 AND o.target_id = $2`,
      [one['id'], other['id']],
    );
    // Opened once, a secret is kept in memory.
    await service.restart();
    const refused = await send('POST', `/${String(one['id'])}/test`);
    expect([refused.status, refused.body['code']]).toEqual([503, 'secret-unavailable']);
    expect((await send('POST', `/${String(other['id'])}/test`)).status).toBe(200);
  });

  it('are sealed anew with a new key, after which the old one can go', async () => {
    const [first, second] = [keyOf('2025'), keyOf('2026')];
    await start({ SYNC_ENCRYPTION_KEYS: first });
    const { body: target } = await make({ headers: { 'x-key': 'a' } });
    await send('POST', `/${String(target['id'])}/rotate-secret`, { body: {} });
    await superuser.query(
      `INSERT INTO hms.sync_secrets (target_id, scheme, key_id, sealed, expires_at)
       SELECT target_id, scheme, key_id, '\\x00', 'infinity' FROM hms.sync_secrets ORDER BY id LIMIT 1`,
    );
    await service.restart({ SYNC_ENCRYPTION_KEYS: `${second}, ${first}` });
    await until('all but what does not open is sealed anew', async () => {
      const { rows } = await superuser.query<{ keys: string }>(
        `SELECT string_agg(key_id, ' ' ORDER BY key_id) AS keys FROM (SELECT key_id FROM hms.sync_secrets
         UNION ALL SELECT headers_key_id FROM hms.sync_targets) keys`,
      );
      return rows[0]?.keys === '2025 2026 2026 2026';
    });
    await superuser.query("DELETE FROM hms.sync_secrets WHERE key_id = '2025'");
    await service.restart({ SYNC_ENCRYPTION_KEYS: second });
    await write();
    await until('it has arrived', () => receiver.accepted.length === 1);
    expect(isSignedWith(String(target['secret']), receiver.accepted[0])).toBe(true);
    expect(receiver.accepted[0]?.headers['x-key']).toBe('a');
  });

  it('keep only their own target back where their key is missing', async () => {
    await start({ SYNC_ENCRYPTION_KEYS: keyOf('2025'), LOG_LEVEL: 'silent' });
    const { body: old } = await make({ headers: { 'x-key': 'a' } });
    await service.restart({ SYNC_ENCRYPTION_KEYS: keyOf('2027'), LOG_LEVEL: 'error' });
    const { body: fresh } = await make();
    await write();
    await until('the other target has it', () => receiver.accepted.length === 1);
    expect(isSignedWith(String(fresh['secret']), receiver.accepted[0])).toBe(true);
    expect(service.logs.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      `Sync of policies to ${String(old['name'])}: nothing is sent by this process, since its secrets are sealed ` +
        'with the key 2025, which SYNC_ENCRYPTION_KEYS does not have.',
    ]);
    const test = await send('POST', `/${String(old['id'])}/test`);
    expect([test.status, test.body['code']]).toEqual([503, 'secret-unavailable']);
    // A new secret and new headers mend it.
    await send('PUT', `/${String(old['id'])}`, { body: { headers: { 'x-key': 'b' } } });
    const { body: mended } = await send('POST', `/${String(old['id'])}/rotate-secret`, { body: {} });
    await until('it gets what it lacks', () => receiver.accepted.length === 2);
    expect(isSignedWith(String(mended['secret']), receiver.accepted[1])).toBe(true);
    expect(receiver.accepted[1]?.headers['x-key']).toBe('b');
  });

  it('are not stored in production without a key, which the answer names, nor is the target', async () => {
    await start();
    const { settings } = developmentIssuer(service.dataDirectory);
    await service.restart({
      NODE_ENV: 'production',
      ...databaseVariables(service.databases.addresses),
      AUDIT_KEY_FILE: join(service.dataDirectory, 'audit', 'private-key.pem'),
      JWT_ISSUER: settings.issuer,
      JWT_AUDIENCE: settings.audience,
      JWT_ALGORITHMS: settings.algorithms.join(),
      JWT_PUBLIC_KEY: 'publicKey' in settings.key ? settings.key.publicKey : '',
    });
    expect((await make()).body['errors']).toEqual([
      { pointer: '/url', detail: 'Must be https in production.' },
    ]);
    const refused = await make({ url: 'https://external.gov/' });
    expect([refused.status, refused.body['code']]).toEqual([503, 'secret-unavailable']);
    expect(refused.body['detail']).toContain('SYNC_ENCRYPTION_KEYS');
    expect((await superuser.query('SELECT FROM hms.sync_targets')).rows).toEqual([]);
  });

  it('of SYNC_URL are not changed here, nor can its target be deleted while it is set', async () => {
    receiver = await Receiver.start();
    const { url } = receiver;
    await receiver.down();
    await start({ SYNC_URL: url, SYNC_SECRET: `whsec_${'A'.repeat(44)}` });
    const { body } = await send('GET', '');
    const [{ id, origin, name }] = body['items'] as [{ id: number; origin: string; name: string }];
    expect([origin, name]).toEqual(['environment', 'environment']);
    for (const [method, action, members] of [
      ['PUT', '', { url: 'https://external.gov/' }],
      ['PUT', '', { name: 'other' }],
      ['DELETE', ''],
      ['POST', '/rotate-secret', {}],
    ] as const) {
      const refused = await send(method, `/${id}${action}`, { body: members });
      expect([refused.status, refused.body['code']]).toEqual([409, 'configured-target']);
    }
    const filtered = await send('PUT', `/${id}`, {
      body: { actions: ['created'], headers: { 'x-key': 'a' } },
    });
    expect(filtered.body).toMatchObject({ actions: ['created'], headerNames: ['x-key'] });
    await service.restart({ SYNC_URL: '', SYNC_SECRET: '' });
    expect((await send('GET', `/${id}`)).body).toMatchObject({
      paused: true,
      pausedReason: 'SYNC_URL is not set',
      actions: ['created'],
    });
    expect((await send('DELETE', `/${id}`)).status).toBe(204);
  });
});
