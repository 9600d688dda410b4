import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { originalPath } from '../api-path.js';

/** Who made a request, as far as the log says it. */
export interface LoggedCaller {
  readonly subject: string;
  readonly agency: string;
}

/** Finds who made a request; undefined where nobody is authenticated. */
export type CallerOf = (request: FastifyRequest) => LoggedCaller | undefined;

const maxPath = 512;

/** Writes the one line of an answered request: level `error` for a 5xx, else `info`. */
export function logRequest(
  logger: Logger,
  request: FastifyRequest,
  reply: FastifyReply,
  callerOf: CallerOf,
): void {
  const caller = callerOf(request);
  const status = reply.statusCode;
  logger[status >= 500 ? 'error' : 'info'](
    {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url,
      path: originalPath(request.raw).slice(0, maxPath),
      status,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      subject: caller?.subject,
      agency: caller?.agency,
    },
    'request',
  );
}
