import { HttpStatus } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { nextPageLink, pathOf } from '../http/paging/page-link.js';
import { knownTag } from '../http/precondition.js';
import { validateOnlyAnswer } from '../http/validate-only.js';
import { vary } from '../http/vary.js';
import { RecordDocument, RecordPage, RecordPreview } from './record-document.js';

/**
 * A Fastify hook, `preSerialization`, for what controllers return: answers a record or a page with the bytes
 * that the database made, and the headers that go with them: `ETag` and 304 on reads, `Location` on creation,
 * `Link` on a page that has a next one. Other answers pass. A hook, as an interceptor would cost every
 * request a chain of observables.
 */
export function answerRecords(
  request: FastifyRequest,
  reply: FastifyReply,
  result: unknown,
  done: (error: Error | null, payload?: unknown) => void,
): void {
  if (result instanceof RecordPreview) return done(null, answerPreview(result, reply));
  if (result instanceof RecordDocument) return done(null, answerDocument(result, request, reply));
  if (result instanceof RecordPage) return done(null, answerPage(result, request, reply));
  return done(null, result);
}

function answerDocument(
  document: RecordDocument,
  request: FastifyRequest,
  reply: FastifyReply,
): string | null {
  const known = request.headers['if-none-match'];
  const reads = request.method === 'GET' || request.method === 'HEAD';
  // First, as it may refuse the header: a refusal has no entity tag.
  const unchanged = reads && known !== undefined ? knownTag(known, document.etag) : undefined;
  if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'private, no-cache');
  vary(reply, 'Authorization');
  reply.headers(document.headers);
  // RFC 9110 §9.3.4: no validator on a PUT whose content was transformed; there the body's version serves.
  if (request.method !== 'PUT') reply.header('ETag', document.etag);
  if (unchanged !== undefined) {
    reply.header('ETag', unchanged);
    reply.status(HttpStatus.NOT_MODIFIED).removeHeader('Content-Type').serializer(asItIs);
    return null;
  }
  if (reply.statusCode === 201) reply.header('Location', `${pathOf(request)}/${document.id}`);
  reply.serializer(asItIs);
  return document.json;
}

/** What would be: without a validator, as there is no such version, and without an address. */
function answerPreview(preview: RecordPreview, reply: FastifyReply): string {
  reply.status(HttpStatus.OK).headers(validateOnlyAnswer);
  reply.serializer(asItIs);
  return preview.json;
}

function answerPage(page: RecordPage, request: FastifyRequest, reply: FastifyReply): string {
  reply.header('Cache-Control', 'private, no-cache');
  vary(reply, 'Authorization');
  if (page.provisional) reply.header('Provisional', 'true');
  const { nextCursor } = page.position;
  if (nextCursor !== null) reply.header('Link', nextPageLink(request, nextCursor));
  reply.serializer(asItIs);
  return page.json;
}

/** The payload is the text to send. Its type, `application/json; charset=utf-8`, Fastify has set before the hook. */
function asItIs<Payload>(payload: Payload): Payload {
  return payload;
}
