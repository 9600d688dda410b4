import { TokenRefusal } from './refusals.js';
import type { KeyHint } from './verification-keys.js';

const compactForm = /^([\w-]+)\.[\w-]+\.[\w-]+$/;
const acceptedTypes = new Set(['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']);
const longestKeyId = 200;

/**
 * Reads the unverified header of a token and refuses what no key could make acceptable: algorithms outside
 * the list, types other than JWT and at+jwt (RFC 9068), critical extensions (`crit`, `b64`), odd key ids.
 * Keys that the header itself brings or points to (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
 *
 * @throws {TokenRefusal}
 */
export function readHeader(token: string, algorithms: readonly string[]): KeyHint {
  const { alg, typ, kid, ...others } = parseHeader(token);
  if (typeof alg !== 'string' || !algorithms.includes(alg)) throw new TokenRefusal('algorithm not accepted');
  if (typ !== undefined && !(typeof typ === 'string' && acceptedTypes.has(typ.toLowerCase())))
    throw new TokenRefusal('type other than JWT and at+jwt');
  if ('crit' in others || 'b64' in others) throw new TokenRefusal('critical extension');
  if (kid === undefined) return { algorithm: alg };
  if (typeof kid !== 'string' || kid.length > longestKeyId)
    throw new TokenRefusal('key id not a short string');
  return { algorithm: alg, keyId: kid };
}

function parseHeader(token: string): Record<string, unknown> {
  const encoded = compactForm.exec(token)?.[1];
  if (encoded === undefined) throw new TokenRefusal('not a signed JWT in compact form');
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(encoded, 'base64url').toString());
  } catch {
    throw new TokenRefusal('header not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new TokenRefusal('header not an object');
  return { ...header };
}
