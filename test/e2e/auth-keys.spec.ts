import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchInterval, keySetAge, keySetGrace } from '../../src/platform/auth/jwks-keys.js';
import { JwtStrategy } from '../../src/platform/auth/jwt.strategy.js';
import { longestTrust } from '../../src/platform/auth/token-cache.js';
import { type AuthApp, startAuthApp } from '../support/auth-app.js';
import { type KeyServer, startKeyServer } from '../support/key-server.js';
import { tokens } from '../support/tokens.js';

const bearer = (token: string) => ['Authorization', `Bearer ${token}`];

/** Counts how often a token is verified. */
function countVerifications({ app }: AuthApp): () => number {
  const strategy = app.get(JwtStrategy);
  const validate = strategy.validate.bind(strategy);
  let count = 0;
  strategy.validate = (claims) => {
    count += 1;
    return validate(claims);
  };
  return () => count;
}

/** A key of an issuer, as it signs and as it publishes it. */
function makeKey(
  keyId: string,
  members: Record<string, unknown> = {},
  curve = 'prime256v1',
  algorithm = 'ES256',
) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', ...members },
    ...tokens({ key: privateKey, algorithm, issuer: 'urn:test', audience: 'hms', keyId }),
  };
}

describe('a verified token', () => {
  let directory: string;
  let application: AuthApp;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'hms-auth-'));
    application = await startAuthApp({ DATA_DIR: directory });
  });

  afterAll(async () => {
    await application.close();
    rmSync(directory, { recursive: true });
  });

  it('is not verified again, until 5 minutes have passed', async () => {
    const count = countVerifications(application);
    const headers = bearer(tokens(directory).forge());
    await application.send('/sample', headers);
    await application.send('/sample', headers);
    application.clock.ahead += longestTrust - 1000;
    await application.send('/sample', headers);
    expect(count()).toBe(1);
    application.clock.ahead += 2000;
    expect((await application.send('/sample', headers)).status).toBe(200);
    expect(count()).toBe(2);
  });

  it('is verified again once it has expired', async () => {
    const count = countVerifications(application);
    const headers = bearer(tokens(directory).forge({ claims: { exp: Math.floor(Date.now() / 1000) + 60 } }));
    application.clock.ahead = 0;
    await application.send('/sample', headers);
    application.clock.ahead = 59_000;
    await application.send('/sample', headers);
    expect(count()).toBe(1);
    application.clock.ahead = 60_000;
    await application.send('/sample', headers);
    expect(count()).toBe(2);
  });

  it('does not lend its rights to another token', async () => {
    const issuer = tokens(directory);
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((agency) =>
        application.send('/sample', bearer(issuer.token(agency, 'policies:read'))),
      ),
    );
    expect(answers.map(({ body }) => body)).toMatchObject(
      ['a', 'b', 'c'].map((agency) => ({ caller: { agency } })),
    );
  });
});

describe('a published key set', () => {
  let server: KeyServer;
  let application: AuthApp;
  const first = makeKey('first');
  const second = makeKey('second');
  const status = async (token: string) => (await application.send('/sample', bearer(token))).status;

  beforeEach(async () => {
    server = await startKeyServer([first.jwk]);
    application = await startAuthApp({
      JWT_ISSUER: 'urn:test',
      JWT_AUDIENCE: 'hms',
      JWT_ALGORITHMS: 'ES256,ES384,RS256',
      JWT_JWKS_URL: server.url,
    });
  });

  afterEach(async () => {
    await application.close();
    await server.close();
  });

  it('is fetched once for many tokens', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => status(first.token('demo', 'policies:read'))),
    );
    expect(answers).toEqual(answers.map(() => 200));
    expect(server.requests).toEqual(['/jwks.json']);
  });

  it('lets a new key work without a restart, and a withdrawn one no longer', async () => {
    const old = first.forge();
    expect(await status(old)).toBe(200);
    server.keys = [second.jwk];
    application.clock.ahead += fetchInterval;
    expect(await status(second.forge())).toBe(200);
    expect(await status(old)).toBe(401);
    expect(await status(first.forge({ claims: { jti: '2' } }))).toBe(401);
  });

  it('is fetched again when it is 10 minutes old', async () => {
    expect(await status(first.forge())).toBe(200);
    server.keys = [second.jwk];
    application.clock.ahead += keySetAge;
    expect(await status(first.forge({ claims: { jti: '2' } }))).toBe(401);
  });

  it('is not fetched for each of a thousand made-up key ids', async () => {
    for (const kid of [
      '../../etc/passwd',
      "' OR 1=1--",
      '',
      ...Array.from({ length: 1000 }, (_, id) => `kid-${id}`),
    ])
      expect(await status(first.forge({ header: { kid } }))).toBe(401);
    expect(await status(first.forge())).toBe(200);
    expect(server.requests.length).toBeLessThanOrEqual(2);
  });

  it('keeps known keys working for an hour while the issuer is down; unknown ones get 503', async () => {
    expect(await status(first.forge())).toBe(200);
    server.status = 500;
    application.clock.ahead += keySetAge;
    expect(await status(first.forge({ claims: { jti: '2' } }))).toBe(200);
    const unknown = await application.send('/sample', bearer(second.forge()));
    expect(unknown.status).toBe(503);
    expect(unknown.headers['retry-after']).toBe('5');
    expect(unknown.body).toMatchObject({ code: 'unavailable' });
    application.clock.ahead += keySetGrace;
    expect(await status(first.forge({ claims: { jti: '3' } }))).toBe(503);
    server.status = 200;
    application.clock.ahead += fetchInterval;
    expect(await status(first.forge({ claims: { jti: '4' } }))).toBe(200);
  });

  it('that cannot be reached at all gives 503', async () => {
    await server.close();
    expect(await status(first.forge())).toBe(503);
    server = await startKeyServer();
  });

  it('is not looked for where a redirect leads', async () => {
    const other = await startKeyServer([second.jwk]);
    try {
      server.status = 302;
      server.location = other.url;
      expect(await status(second.forge())).toBe(503);
      expect(other.requests).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('is not fetched for a token that no key could make acceptable', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await status(first.forge({ header: { alg: 'PS256' }, key: privateKey }))).toBe(401);
    expect(await status(first.forge({ header: { typ: 'refresh+jwt' } }))).toBe(401);
    expect(server.requests).toEqual([]);
  });

  it.each([
    ['an empty list', []],
    ['nonsense', [null, 7, { kty: 'EC' }]],
    ['a secret', [{ kty: 'oct', k: 'c2VjcmV0', kid: 'first' }]],
  ])('of %s gives 503', async (_name, keys) => {
    server.keys = keys;
    expect(await status(first.forge())).toBe(503);
  });

  it('does not verify by keys for encryption or for another algorithm', async () => {
    const encryption = makeKey('encryption', { use: 'enc' });
    const other = makeKey('other', { alg: 'ES384' });
    server.keys = [first.jwk, encryption.jwk, other.jwk];
    expect(await status(encryption.forge())).toBe(401);
    expect(await status(other.forge())).toBe(401);
    expect(await status(first.forge())).toBe(200);
  });

  it('finds the key that fits among two with one id', async () => {
    const larger = makeKey('first', {}, 'secp384r1', 'ES384');
    server.keys = [larger.jwk, first.jwk];
    expect(await status(first.forge())).toBe(200);
    expect(await status(larger.forge())).toBe(200);
  });

  it('serves tokens without a key id only if a single key fits', async () => {
    const token = () => first.forge({ header: { kid: undefined } });
    expect(await status(token())).toBe(200);
    server.keys = [first.jwk, second.jwk];
    application.clock.ahead += keySetAge;
    expect(await status(token())).toBe(401);
  });

  it('is the only source of keys: those a token brings or points to are not fetched or used', async () => {
    const trap = await startKeyServer([second.jwk]);
    try {
      for (const header of [
        { jku: trap.url, kid: 'second' },
        { x5u: trap.url },
        { jwk: second.jwk },
        { x5c: ['MIIB'] },
        { jku: trap.url, kid: trap.url },
      ])
        expect(await status(first.forge({ header, key: second.issuer.key }))).toBe(401);
      expect(trap.requests).toEqual([]);
      expect(server.requests.every((path) => path === '/jwks.json')).toBe(true);
    } finally {
      await trap.close();
    }
  });
});
