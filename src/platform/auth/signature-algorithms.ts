import type { KeyObject } from 'node:crypto';

const byKeyType: Readonly<Record<string, RegExp>> = {
  rsa: /^[RP]S(256|384|512)$/,
  'rsa-pss': /^PS(256|384|512)$/,
};

const byCurve: Readonly<Record<string, RegExp>> = {
  prime256v1: /^ES256$/,
  secp384r1: /^ES384$/,
  secp521r1: /^ES512$/,
};

/** RFC 7518 §3.3: RSA keys of 2048 bits or larger must be used. */
const smallestModulus = 2048;

/**
 * Whether a key may verify signatures of an algorithm (RFC 7518 §3): RSA keys of at least 2048 bits for RS*
 * and PS*, RSA-PSS keys for PS*, EC keys for the ES* of their curve, and nothing else. Only public keys
 * ever fit, so a public key cannot be taken for the secret of an HMAC.
 */
export function keyFits(key: KeyObject, algorithm: string): boolean {
  if (key.type !== 'public') return false;
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  const accepted =
    key.asymmetricKeyType === 'ec' ? byCurve[namedCurve] : byKeyType[key.asymmetricKeyType ?? ''];
  const large = key.asymmetricKeyType === 'ec' || modulusLength >= smallestModulus;
  return large && accepted !== undefined && accepted.test(algorithm);
}
