import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { Ed25519Signature } from '../delivery/ed25519-signature.js';
import { type SigningKey, WebhookSignature } from '../delivery/webhook-signature.js';

/** How messages may be signed: with a secret that both sides hold, or with a key pair. */
export const signatureSchemes = ['v1', 'v1a'] as const;
export type SignatureScheme = (typeof signatureSchemes)[number];

/** A secret that was just made. */
export interface NewSecret {
  readonly scheme: SignatureScheme;
  /** What is sealed and stored: `whsec_…`, or a private key in PEM form. */
  readonly text: string;
  /** `whpk_…`, which anybody may know; null for `v1`. */
  readonly publicKey: string | null;
  /** What the caller is shown, once: a secret that was made for it and that its receiver needs. */
  readonly shown: string | null;
}

/** @param given the caller's own `whsec_…`, for `v1` alone */
export function newSecret(scheme: SignatureScheme, given?: string | null): NewSecret {
  if (scheme === 'v1a') return newKeyPair();
  const text = given ?? `whsec_${randomBytes(32).toString('base64')}`;
  return { scheme, text, publicKey: null, shown: given ? null : text };
}

/** What a stored secret signs with. */
export function signingKey(scheme: SignatureScheme, text: string): SigningKey {
  return scheme === 'v1' ? new WebhookSignature(text) : new Ed25519Signature(text);
}

/** For what a secret of a target is sealed. */
export const secretPurpose = (resource: string, targetId: number): string =>
  `${resource} target ${targetId} secret`;

/** For what the extra headers of a target are sealed. */
export const headersPurpose = (resource: string, targetId: number): string =>
  `${resource} target ${targetId} headers`;

function newKeyPair(): NewSecret {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return {
    scheme: 'v1a',
    text: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: `whpk_${Buffer.from(x, 'base64url').toString('base64')}`,
    shown: null,
  };
}
