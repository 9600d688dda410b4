import { constants, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { developmentIssuer } from '../../src/platform/auth/development-issuer.js';

/** The key and names by which an issuer of the tests signs. */
export interface TestIssuer {
  readonly key: KeyObject;
  readonly algorithm: string;
  readonly issuer: string;
  readonly audience: string;
  readonly keyId?: string;
}

/** What a token of the tests says beyond the defaults; a member that is `undefined` is left out of the token. */
export interface TokenParts {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  /** Signs in place of the issuer's key. */
  readonly key?: KeyObject;
}

/** Tokens of one issuer. */
export interface Tokens {
  readonly issuer: TestIssuer;
  /** A valid token with these scopes, of the subject `tester`. */
  token(agency: string, scopes: string, subject?: string): string;
  /** A token that is right but for what is given: agency `demo`, scope `policies:read`. */
  forge(parts?: TokenParts): string;
}

/**
 * Makes tokens for tests.
 *
 * @param source the issuer, or the data directory whose development issuer it shall be
 */
export function tokens(source: string | TestIssuer): Tokens {
  const issuer = typeof source === 'string' ? issuerOf(source) : source;
  const forge = ({ header, claims, key }: TokenParts = {}) =>
    signToken(
      { alg: issuer.algorithm, typ: 'JWT', kid: issuer.keyId, ...header },
      { ...defaultClaims(issuer), ...claims },
      key ?? issuer.key,
    );
  return {
    issuer,
    forge,
    token: (agency, scopes, subject = 'tester') => forge({ claims: { agency, scope: scopes, sub: subject } }),
  };
}

/** Signs any header and claims as they are, by the algorithm that the header names. */
export function signToken(header: Record<string, unknown>, claims: unknown, key: KeyObject): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${signature(String(header['alg']), text, key).toString('base64url')}`;
}

/** A member of a token, in its encoded form. */
export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signature(algorithm: string, text: string, key: KeyObject): Buffer {
  const digest = `sha${algorithm.slice(2)}`;
  const data = Buffer.from(text);
  if (algorithm.startsWith('ES')) return sign(digest, data, { key, dsaEncoding: 'ieee-p1363' });
  if (algorithm.startsWith('PS'))
    return sign(digest, data, {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    });
  return sign(digest, data, key);
}

function issuerOf(dataDirectory: string): TestIssuer {
  const { issuer, audience } = developmentIssuer(dataDirectory).settings;
  const key = createPrivateKey(readFileSync(join(dataDirectory, 'issuer', 'private-key.pem')));
  return { key, algorithm: 'ES256', issuer, audience };
}

function defaultClaims({ issuer, audience }: TestIssuer) {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: audience,
    sub: 'tester',
    agency: 'demo',
    scope: 'policies:read',
    iat: now,
    exp: now + 3600,
  };
}
