import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { originalPath } from '../api-path.js';
import { problemCatalogue } from './problem-catalogue.js';
import { problemBody, problemHeaders } from './problem.js';
import type { ProblemError } from './problem.error.js';
import { problemOf } from './problem-of.js';

const representationHeaders = ['Content-Encoding', 'Content-Disposition', 'ETag', 'Last-Modified'] as const;

/** Is told of every problem that a request was answered with. Must not throw. */
export type ProblemObserver = (problem: ProblemError, request: FastifyRequest) => void;

/**
 * Answers every error of a request as problem details (RFC 9457). What a client did wrong is not logged
 * here (the request's own line has its status); what we did wrong is logged once, with its cause.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly observe: ProblemObserver = () => undefined,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const problem = problemOf(error, request.routeOptions?.bodyLimit);
    sendProblem(problem, request, http.getResponse<FastifyReply>(), this.logger);
    this.observe(problem, request);
  }
}

/** Sends the answer to an error, unless an answer is already on its way; then the connection is cut. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): void {
  const problem = problemOf(error, request.routeOptions?.bodyLimit);
  const { status } = problemCatalogue[problem.code];
  if (status >= 500)
    logger.error(
      { err: problem.extras.cause ?? problem, requestId: request.id, code: problem.code },
      'request failed',
    );
  if (reply.sent || reply.raw.headersSent) {
    // A truncated answer must not look like a complete one.
    if (!reply.raw.writableEnded) reply.raw.destroy();
    return;
  }
  // What was said of the answer that failed does not hold for this one; of a stream it is in the raw answer too.
  for (const name of representationHeaders) {
    reply.removeHeader(name);
    reply.raw.removeHeader(name);
  }
  const body = problemBody(problem, request.id, originalPath(request.raw));
  // As bytes: to a text Fastify would add a charset, which this media type does not have.
  void reply
    .code(status)
    .headers(problemHeaders(problem))
    .send(Buffer.from(JSON.stringify(body)));
}
