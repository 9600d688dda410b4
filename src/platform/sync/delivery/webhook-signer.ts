import type { MessageSigner } from '../targets/target.js';
import { signedHeaders, type SigningKey, type WebhookHeaders } from './webhook-signature.js';

/** Signs with every key of a target: while one is replaced, the old one and the new. */
export class WebhookSigner implements MessageSigner {
  /** @param keys the newest first */
  constructor(private readonly keys: readonly SigningKey[]) {}

  sign(id: string, body: Buffer | string): WebhookHeaders {
    return signedHeaders(this.keys, id, body);
  }
}
