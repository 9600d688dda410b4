import type { IncomingMessage, Server } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from './problems/problem.error.js';

/** Lets requests through to {@link refuseUnmetRequirements} that Node would answer itself, without a body. */
export function takeEveryRequest(server: Server): void {
  server.on('checkExpectation', (request: IncomingMessage, response) => {
    server.emit('request', request, response);
  });
}

/**
 * A hook that refuses requests which HTTP itself does not allow.
 *
 * @throws {ProblemError} `malformed-request` for HTTP/1.1 without `Host` (RFC 9112, section 3.2);
 *   `expectation-failed` for an `Expect` other than `100-continue` (RFC 9110, section 10.1.1)
 */
export function refuseUnmetRequirements(
  { raw, headers }: FastifyRequest,
  _reply: FastifyReply,
  done: (error?: Error) => void,
): void {
  if (raw.httpVersion === '1.1' && headers.host === undefined)
    return done(
      new ProblemError('malformed-request', 'The request has no Host header, which HTTP/1.1 requires.'),
    );
  if (headers.expect !== undefined && !/^100-continue$/i.test(headers.expect))
    return done(new ProblemError('expectation-failed', 'The only expectation met here is 100-continue.'));
  return done();
}
