import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { SigningKey } from './webhook-signature.js';

/**
 * Signs messages as Standard Webhooks 1.0 says for asymmetric keys: Ed25519 over `id.timestamp.body`
 * (`v1a`). The receiver needs the public key alone, and so can forge nothing.
 */
export class Ed25519Signature implements SigningKey {
  readonly #key: KeyObject;

  /** @param privateKey in PEM form */
  constructor(privateKey: string) {
    this.#key = createPrivateKey(privateKey);
  }

  signature(id: string, timestamp: string, body: Buffer | string): string {
    const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), Buffer.from(body)]);
    return `v1a,${sign(null, signed, this.#key).toString('base64')}`;
  }
}
