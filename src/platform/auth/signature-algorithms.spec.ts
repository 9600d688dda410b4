import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { StartupError } from '../config/startup.error.js';
import { keyFits } from './signature-algorithms.js';
import { StaticKey } from './static-key.js';

const algorithms = ['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'HS256', 'none', ''];
const fitting = (key: KeyObject) => algorithms.filter((algorithm) => keyFits(key, algorithm));
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();

describe('keyFits', () => {
  it.each([
    ['RSA', rsa.publicKey, ['RS256', 'RS512', 'PS256']],
    ['short RSA', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey, []],
    ['RSA-PSS', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey, ['PS256']],
    ['P-256', generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey, ['ES256']],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey, ['ES384']],
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).publicKey, ['ES512']],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey, []],
    ['Ed25519', generateKeyPairSync('ed25519').publicKey, []],
    ['private', rsa.privateKey, []],
    ['secret', createSecretKey(Buffer.alloc(32)), []],
  ])('lets a %s key verify its own algorithms alone', (_name, key, expected) => {
    expect(fitting(key)).toEqual(expected);
  });
});

describe('a static key', () => {
  it('is refused at the start when it is no key or does not fit an algorithm', () => {
    expect(() => new StaticKey('-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----', ['RS256'])).toThrow(
      new StartupError(
        'JWT_PUBLIC_KEY is not a public key in PEM form; copy it whole, with its first and last line.',
      ),
    );
    expect(() => new StaticKey(pem(rsa.publicKey), ['RS256', 'ES256'])).toThrow(
      'JWT_PUBLIC_KEY cannot verify ES256',
    );
  });

  it('answers for the algorithms it fits', async () => {
    const key = new StaticKey(pem(rsa.publicKey), ['RS256']);
    expect((await key.keyFor({ algorithm: 'RS256', keyId: 'any' }))?.equals(rsa.publicKey)).toBe(true);
    expect(await key.keyFor({ algorithm: 'ES256' })).toBeUndefined();
  });
});
