import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import jwt from 'jsonwebtoken';
import type { IssuerSettings } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { privateKeyFile } from './private-key-file.js';

const issuer = 'urn:hms:development';
const audience = 'hms';
const algorithm = 'ES256';

/** What a development token shall say. */
export interface TokenRequest {
  readonly subject: string;
  readonly agency: string;
  readonly scopes: readonly string[];
  /** Seconds until it expires. */
  readonly lifetime: number;
}

/** An issuer of tokens for one's own machine. */
export interface DevelopmentIssuer {
  readonly settings: IssuerSettings;
  /** Makes a token. */
  readonly sign: (request: TokenRequest) => string;
}

/**
 * The issuer that stands in outside production when none is configured. Its ES256 key is made at the first
 * use, under `<data directory>/issuer/`, readable by the owner alone; processes that start together agree on
 * one key. Whoever can read that file can make tokens.
 *
 * @param agencyClaim the claim that holds the agency
 * @throws {StartupError} when the key cannot be read or written
 */
export function developmentIssuer(dataDirectory: string, agencyClaim = 'agency'): DevelopmentIssuer {
  const key = readOrCreateKey(join(dataDirectory, 'issuer'));
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  return {
    settings: { issuer, audience, algorithms: [algorithm], key: { publicKey } },
    sign: ({ subject, agency, scopes, lifetime }) =>
      jwt.sign({ [agencyClaim]: agency, scope: scopes.join(' ') }, key, {
        algorithm,
        issuer,
        audience,
        subject,
        expiresIn: lifetime,
        jwtid: randomUUID(),
      }),
  };
}

function readOrCreateKey(folder: string): KeyObject {
  const file = join(folder, 'private-key.pem');
  try {
    return privateKeyFile(file, () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new StartupError(
      `The development issuer's key ${file} cannot be used (${problem}): make it readable to this user, or delete it to get a new one.`,
    );
  }
}
