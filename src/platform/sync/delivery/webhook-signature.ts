import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** Seconds that a message's timestamp may differ from the receiver's clock. */
const tolerance = 300;

/** The three headers of Standard Webhooks 1.0. */
export interface WebhookHeaders {
  readonly 'webhook-id': string;
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string;
  /** `v1,` or `v1a,` and the base64 of the signature; while a secret is replaced, several with blanks between. */
  readonly 'webhook-signature': string;
}

/** Why a message must not be believed. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

/** A secret that signs. Shows nothing of itself. */
export interface SigningKey {
  /** Its part of `webhook-signature`: the scheme, a comma and the base64 of the signature. */
  signature(id: string, timestamp: string, body: Buffer | string): string;
}

/**
 * The headers of a message that is signed with all of these keys.
 *
 * @param id stable over retries; without a dot, which is what separates the signed parts
 */
export function signedHeaders(
  keys: readonly SigningKey[],
  id: string,
  body: Buffer | string,
  now: number = Date.now(),
): WebhookHeaders {
  const timestamp = String(Math.floor(now / 1000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys.map((key) => key.signature(id, timestamp, body)).join(' '),
  };
}

/**
 * Signs and verifies messages as Standard Webhooks 1.0 says: HMAC-SHA256 over `id.timestamp.body` (`v1`).
 * Holds the secret, and keeps it out of logs: nothing of it is enumerable.
 */
export class WebhookSignature implements SigningKey {
  readonly #key: KeyObject;

  /** @param secret `whsec_` and the base64 of the key */
  constructor(secret: string) {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    if (key.length < 24)
      throw new TypeError('A webhook secret is whsec_ and the base64 of at least 24 random bytes.');
    // Made once: with a Buffer as its key, every signature would make one.
    this.#key = createSecretKey(key);
  }

  sign(id: string, body: Buffer | string, now?: number): WebhookHeaders {
    return signedHeaders([this], id, body, now);
  }

  signature(id: string, timestamp: string, body: Buffer | string): string {
    return `v1,${this.digest(id, timestamp, body).toString('base64')}`;
  }

  /**
   * @param headers of the request, names in lower case
   * @param body the bytes as they arrived
   * @throws {WebhookVerificationError} if the message was not signed with this secret, or not now
   */
  verify(headers: Partial<WebhookHeaders>, body: Buffer, now: number = Date.now()): void {
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
    if (!id || !timestamp || !signatures) throw new WebhookVerificationError('A webhook header is missing.');
    if (!/^\d+$/.test(timestamp) || Math.abs(now / 1000 - Number(timestamp)) > tolerance)
      throw new WebhookVerificationError('The timestamp is too old or too new.');
    const expected = this.digest(id, timestamp, body);
    const matches = signatures.split(' ').some((signature) => {
      const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
      return (
        signature.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected)
      );
    });
    if (!matches) throw new WebhookVerificationError('The signature does not match.');
  }

  private digest(id: string, timestamp: string, body: Buffer | string): Buffer {
    return createHmac('sha256', this.#key).update(`${id}.${timestamp}.`).update(body).digest();
  }
}
