import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problems/problem.error.js';

/** For how long the answer to a request with a key is kept, in milliseconds. */
export const keyLifetime = 24 * 60 * 60 * 1000;

const longestKey = 255;
/** A string of RFC 9651, as the specification has it, or the bare key that most clients send. */
const form = /^(?:"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"|([\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+))$/;

/** The header's value, as OpenAPI describes it. */
export const idempotencyKeyText = {
  type: 'string' as const,
  minLength: 1,
  maxLength: longestKey,
  pattern: form.source,
};

/** The client's name for a request that it may send again, and what the request is. */
export interface IdempotencyKey {
  readonly key: string;
  /** SHA-256 of what the request asks for: its path and its body. Another request with the key has another one. */
  readonly fingerprint: Buffer;
}

/**
 * Reads `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header). A key in quotes is the same as one without.
 *
 * @returns undefined where the request has none
 * @throws {ProblemError} `invalid-parameter` if it is empty, longer than 255 characters, or holds others than visible
 *   ASCII; if there are several; or if the body is a stream, of which nobody knows yet what it asks for
 */
export function readIdempotencyKey({
  headers,
  url,
  body,
}: Pick<FastifyRequest, 'headers' | 'url' | 'body'>): IdempotencyKey | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  const [, quoted, bare = ''] = form.exec([header].flat().join(', ').trim()) ?? [];
  const key = quoted?.replaceAll(/\\(["\\])/g, '$1') ?? bare;
  if (key === '' || key.length > longestKey)
    throw new ProblemError(
      'invalid-parameter',
      `The header Idempotency-Key must be one key of 1 to ${longestKey} visible ASCII characters, such as a UUID.`,
    );
  if (body instanceof Readable)
    throw new ProblemError(
      'invalid-parameter',
      'The header Idempotency-Key is not for bodies that are read as they arrive, such as those of imports. An import ' +
        'may be sent again without it: records that are there are not made twice. Leave it out.',
    );
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([url, body]))
    .digest();
  return { key, fingerprint };
}
