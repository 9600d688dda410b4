import { pipeline, Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { vary } from '../vary.js';
import { codedTag } from './coded-tag.js';
import { type ContentCoding, preferredCoding } from './content-coding.js';

/** Most bytes of a body that is sent as it is: they go in one packet anyway. */
const onePacket = 1400;
const compressible = /^(?:text\/|image\/svg\+xml|application\/(?:[\w.-]+\+)?(?:json|javascript|x-ndjson)\b)/;

/**
 * Compresses answers to reads for clients that ask for it: bodies that do not fit in one packet, and streams.
 * Only to reads, as the answer to a write may hold a secret that was just made, and how well it compresses
 * would tell of it (BREACH). A strong entity tag is given the name of the coding.
 */
export function compressAnswers(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    if (!isRead(request)) return done();
    if (reply.statusCode === 304) {
      vary(reply, 'Accept-Encoding');
      return done();
    }
    if (!isWorthIt(payload) || !isCompressible(reply)) return done();
    vary(reply, 'Accept-Encoding');
    const coding = preferredCoding([request.headers['accept-encoding'] ?? ''].flat().join());
    if (coding === undefined) return done();
    describe(coding, reply);
    if (payload instanceof Readable) return done(null, compressedStream(payload, coding));
    coding.compress(Buffer.from(payload), done);
    return undefined;
  });
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function isWorthIt(payload: unknown): payload is string | Buffer | Readable {
  if (typeof payload === 'string' || Buffer.isBuffer(payload)) return payload.length > onePacket;
  return payload instanceof Readable;
}

function isCompressible(reply: FastifyReply): boolean {
  return (
    reply.statusCode === 200 &&
    !reply.hasHeader('Content-Encoding') &&
    compressible.test(String(reply.getHeader('Content-Type')))
  );
}

function describe({ name }: ContentCoding, reply: FastifyReply): void {
  reply.removeHeader('Content-Length').header('Content-Encoding', name);
  const tag = reply.getHeader('ETag');
  if (typeof tag === 'string') reply.header('ETag', codedTag(tag, name));
}

/** A source that fails cuts the answer off, and a client that goes away ends the source. */
function compressedStream(source: Readable, coding: ContentCoding): Readable {
  return pipeline(source, coding.stream(), () => undefined);
}
