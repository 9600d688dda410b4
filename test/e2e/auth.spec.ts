import { createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get } from '@nestjs/common';
import { StartupError } from '../../src/platform/config/startup.error.js';
import { type AuthApp, startAuthApp } from '../support/auth-app.js';
import { encode, signToken, type TokenParts, type Tokens, tokens } from '../support/tokens.js';

const now = () => Math.floor(Date.now() / 1000);
const bearer = (token: string) => ['Authorization', `Bearer ${token}`];

let directory: string;
let application: AuthApp;
let issuer: Tokens;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hms-auth-'));
  issuer = tokens(directory);
  application = await startAuthApp({ DATA_DIR: directory });
});

afterAll(async () => {
  await application.close();
  rmSync(directory, { recursive: true });
});

/** What the client sees of an answer to a request with these headers. */
async function outcome(headers: readonly string[], path = '/sample') {
  const answer = await application.send(path, headers);
  return { status: answer.status, challenge: answer.headers['www-authenticate'], body: answer.body };
}

const noToken = {
  status: 401,
  challenge: 'Bearer realm="hms"',
  body: { code: 'unauthenticated', detail: 'Send a valid token: Authorization: Bearer <token>.' },
};
const invalidToken = { ...noToken, challenge: 'Bearer realm="hms", error="invalid_token"' };

const read = async (parts: TokenParts) => application.send('/sample', bearer(issuer.forge(parts)));
const readWith = async (...headers: string[]) =>
  application.send('/sample', [...bearer(issuer.forge()), ...headers]);

describe('where a token is taken from', () => {
  it.each(['Bearer ', 'bearer ', 'BEARER ', 'Bearer   ', ''])('accepts it after "%s"', async (scheme) => {
    const { status, body } = await application.send('/sample', ['Authorization', scheme + issuer.forge()]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ caller: { subject: 'tester', agency: 'demo', scopes: ['policies:read'] } });
  });

  it('refuses a request without one', async () => {
    expect(await outcome([])).toMatchObject(noToken);
  });

  it.each(['Basic dXNlcjpwYXNz', 'Digest a b', 'Bearer a b', ''])(
    'does not take "%s" for one',
    async (value) => {
      expect(await outcome(['Authorization', value])).toMatchObject(noToken);
    },
  );

  it('refuses two Authorization headers, even of the same token', async () => {
    const token = issuer.forge();
    expect(await outcome([...bearer(token), 'authorization', `Bearer ${token}`])).toMatchObject(noToken);
  });

  it('does not take it from the query', async () => {
    expect(await outcome([], `/sample?access_token=${issuer.forge()}`)).toMatchObject(noToken);
  });
});

describe('tokens that are refused', () => {
  const wrong: Record<string, TokenParts> = {
    'expired beyond the tolerance': { claims: { exp: now() - 61 } },
    'not valid yet': { claims: { nbf: now() + 120 } },
    'issued in the future': { claims: { iat: now() + 120 } },
    'without exp': { claims: { exp: undefined } },
    'with exp as text': { claims: { exp: String(now() + 60) } },
    'with an exp of 1e308': { claims: { exp: 1e308 } },
    'with a negative exp': { claims: { exp: -1 } },
    'without aud': { claims: { aud: undefined } },
    'with an empty aud': { claims: { aud: '' } },
    'for another audience': { claims: { aud: 'other' } },
    'for a list of other audiences': { claims: { aud: ['a', 'b'] } },
    'without iss': { claims: { iss: undefined } },
    'of another issuer': { claims: { iss: 'urn:other' } },
    'of an issuer with a slash more': { claims: { iss: 'urn:hms:development/' } },
    'without sub': { claims: { sub: undefined } },
    'with an empty sub': { claims: { sub: '' } },
    'with a number as sub': { claims: { sub: 7 } },
    'with a long sub': { claims: { sub: 'x'.repeat(201) } },
    'with a control character in sub': { claims: { sub: 'a\u0000b' } },
    'with a refresh type': { header: { typ: 'refresh+jwt' } },
    'with a type that is no text': { header: { typ: ['JWT'] } },
    'with critical extensions': { header: { crit: ['x'], x: 1 } },
    'with an unencoded payload': { header: { b64: false } },
    'with an object as kid': { header: { kid: { $ne: null } } },
    'with a kid of 5 KB': { header: { kid: 'k'.repeat(5000) } },
    'signed by another key': { key: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey },
    'signed by a key of another curve': {
      key: generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey,
    },
    'signed by an algorithm that is not accepted': {
      header: { alg: 'RS256' },
      key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    },
  };

  it.each(Object.entries(wrong))('%s', async (_name, parts) => {
    expect(await outcome(bearer(issuer.forge(parts)))).toMatchObject(invalidToken);
  });

  it.each(['none', 'None', 'NONE', 'nOnE', 'HS256', 'HS512', 'PS384', '', undefined, 1])(
    'whose algorithm was changed to %s',
    async (alg) => {
      const [, claims, signature] = issuer.forge().split('.');
      expect(await outcome(bearer(`${encode({ alg, typ: 'JWT' })}.${claims}.${signature}`))).toMatchObject(
        invalidToken,
      );
      expect(await outcome(bearer(`${encode({ alg, typ: 'JWT' })}.${claims}.`))).toMatchObject(invalidToken);
    },
  );

  it('without their signature', async () => {
    const [header, claims] = issuer.forge().split('.');
    expect(await outcome(bearer(`${header}.${claims}.`))).toMatchObject(invalidToken);
    expect(await outcome(bearer(`${header}.${claims}`))).toMatchObject(invalidToken);
    expect(await outcome(bearer(`${header}.${claims}.AAAA`))).toMatchObject(invalidToken);
  });

  it.each(['x', '..', 'a.b.c', 'e30.e30.e30', `${encode([])}.e30.e30`, 'null', '💥'])(
    'as malformed as %s',
    async (text) => {
      const headers = ['Authorization', Buffer.from(`Bearer ${text}`).toString('latin1')];
      expect(await outcome(headers)).toMatchObject(invalidToken);
    },
  );

  it('with claims that are no JSON object', async () => {
    for (const claims of ['not json', '"text"', '[]', 'null']) {
      const header = encode({ alg: 'ES256' });
      const token = `${header}.${Buffer.from(claims).toString('base64url')}.${'A'.repeat(86)}`;
      expect(await outcome(bearer(token))).toMatchObject(invalidToken);
    }
    for (const claims of ['text', 7, [], null]) {
      const token = signToken({ alg: 'ES256', typ: 'JWT' }, claims, issuer.issuer.key);
      expect(await outcome(bearer(token))).toMatchObject(invalidToken);
    }
  });
});

describe('what a token may say', () => {
  it.each([
    ['a list of scopes', { scope: ['policies:read'] }],
    ['scopes with extra spaces', { scope: '  policies:read   policies:write ' }],
    ['scp in place of scope', { scope: undefined, scp: 'policies:read' }],
    ['a list as scp', { scope: undefined, scp: ['policies:read'] }],
    ['a fraction in exp', { exp: now() + 60.5 }],
    ['an exp that passed within the tolerance', { exp: now() - 5 }],
    ['several audiences', { aud: ['other', 'hms'] }],
  ])('%s', async (_name, claims) => {
    expect((await read({ claims })).status).toBe(200);
  });

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', undefined])('the type %s', async (typ) => {
    expect((await read({ header: { typ } })).status).toBe(200);
  });

  it('its client program', async () => {
    expect((await read({ claims: { azp: 'portal' } })).body).toMatchObject({ caller: { client: 'portal' } });
    expect((await read({ claims: { client_id: 'script' } })).body).toMatchObject({
      caller: { client: 'script' },
    });
  });

  it.each([undefined, null, 7, ['demo'], { name: 'demo' }, '', '__proto__', '-x', 'a b', 'a'.repeat(64)])(
    'but not %j as agency, which is 403 and names the claim',
    async (agency) => {
      const { status, body } = await read({ claims: { agency } });
      expect(status).toBe(403);
      expect(body).toMatchObject({
        code: 'insufficient-scope',
        detail:
          'The token names no agency: its claim agency must be a text of 1 to 63 letters, digits, - and _, starting with a letter or digit.',
      });
    },
  );
});

describe('what a route demands', () => {
  it.each([
    { scope: undefined },
    { scope: '' },
    { scope: 7 },
    { scope: 'policies' },
    { scope: 'policies:read' },
  ])('is not met by $scope, and the answer names the scope', async (claims) => {
    const answer = await application.send('/sample/write', bearer(issuer.forge({ claims })));
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ detail: 'This needs a token with the scope policies:write.' });
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="hms", error="insufficient_scope", scope="policies:write"',
    );
  });

  it('is met by its scope', async () => {
    const answer = await application.send('/sample/write', bearer(issuer.token('demo', 'policies:write')));
    expect(answer.status).toBe(200);
  });

  it('is nothing where it is public, whatever token is sent', async () => {
    expect((await application.send('/sample/open')).status).toBe(200);
    expect((await application.send('/sample/open', bearer('nonsense'))).status).toBe(200);
  });

  it('must be declared, else the application does not start', async () => {
    @Controller('forgotten')
    class ForgottenController {
      @Get()
      list() {
        return [];
      }
    }
    const start = startAuthApp({ DATA_DIR: directory }, [ForgottenController]);
    await expect(start).rejects.toThrow(StartupError);
    await expect(start).rejects.toThrow('Nobody may use ForgottenController.list');
  });
});

describe('the context of a request', () => {
  it('holds the reason in the words of the client', async () => {
    const sent = Buffer.from('Loi n° 12 — 改正').toString('latin1');
    const { body } = await readWith('Change-Reason', sent);
    expect(body).toMatchObject({ reason: 'Loi n° 12 — 改正' });
    expect(body).toHaveProperty('requestId');
  });

  it('refuses a reason that is too long or holds control characters', async () => {
    expect((await readWith('Change-Reason', 'x'.repeat(500))).status).toBe(200);
    const long = await readWith('Change-Reason', 'x'.repeat(501));
    expect(long.status).toBe(400);
    expect(long.body).toMatchObject({ code: 'invalid-parameter' });
    expect((await readWith('Change-Reason', 'a\tb')).status).toBe(400);
  });

  it('holds a traceparent only if it has the W3C form', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect((await readWith('traceparent', traceparent)).body).toMatchObject({ traceparent });
    expect((await readWith('traceparent', traceparent.toUpperCase())).body).not.toHaveProperty('traceparent');
  });
});

describe('tokens', () => {
  it('leave no trace in the log', async () => {
    const good = issuer.forge();
    const bad = issuer.forge({ claims: { exp: 1 } });
    await application.send('/sample', bearer(good));
    await application.send('/sample', bearer(bad));
    expect(application.logged()).toContain('Token refused: jwt expired');
    const secrets = [good, bad].flatMap((token) => token.split('.').slice(1));
    for (const secret of secrets) expect(application.logged()).not.toContain(secret);
  });
});

describe('algorithm confusion', () => {
  it('refuses an HMAC whose secret is the public key, in whatever form', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const own = await startAuthApp({
      JWT_ISSUER: 'urn:test',
      JWT_AUDIENCE: 'hms',
      JWT_ALGORITHMS: 'RS256',
      JWT_PUBLIC_KEY: pem,
    });
    try {
      const rsa = tokens({ key: privateKey, algorithm: 'RS256', issuer: 'urn:test', audience: 'hms' });
      const accepted = await own.send('/sample', bearer(rsa.forge()));
      expect(accepted.status).toBe(200);
      const claims = rsa.forge().split('.')[1];
      const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${claims}`;
      const der = publicKey.export({ type: 'spki', format: 'der' });
      for (const secret of [pem, pem.trim(), der, JSON.stringify(publicKey.export({ format: 'jwk' }))]) {
        const signature = createHmac('sha256', secret).update(text).digest('base64url');
        expect((await own.send('/sample', bearer(`${text}.${signature}`))).status).toBe(401);
      }
      for (const alg of ['RS384', 'PS256']) {
        const refused = await own.send('/sample', bearer(rsa.forge({ header: { alg } })));
        expect(refused.status).toBe(401);
      }
    } finally {
      await own.close();
    }
  });
});
