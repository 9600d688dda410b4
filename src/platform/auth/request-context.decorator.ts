import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readIdempotencyKey } from '../http/idempotency-key.js';
import { ProblemError } from '../http/problems/problem.error.js';
import { readValidateOnly } from '../http/validate-only.js';
import type { Caller } from './caller.js';
import type { CommittedChange, RequestContext, RequestOrigin } from './request-context.js';

const longestReason = 500;
const controlCharacter = /\p{Cc}/u;
/** W3C Trace Context, version 00: neither the trace nor the parent may be all zeros. */
const traceparentForm = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

type Request = Pick<
  FastifyRequest,
  'id' | 'headers' | 'method' | 'url' | 'query' | 'body' | 'ip' | 'routeOptions'
> & {
  readonly user?: Caller;
  committed?: CommittedChange[];
};

/**
 * Gives a controller method the {@link RequestContext} of its request. Only for routes with `@RequireScope`:
 * a public route has no caller.
 */
export const Context = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  readRequestContext(context.switchToHttp().getRequest<Request>()),
);

/**
 * Reads who asks, in which request and why. A `traceparent` that has not the form of W3C Trace Context is
 * left out, as that specification says.
 *
 * @throws {ProblemError} `invalid-parameter` when `Change-Reason` is longer than 500 characters or holds
 *   control characters, or `Idempotency-Key` or `validateOnly` has a value that it cannot have
 */
export function readRequestContext(request: Request): RequestContext {
  const { headers, user } = request;
  if (user === undefined)
    throw new Error('A route that uses @Context() needs @RequireScope: it has no caller.');
  const reason = readReason(headers['change-reason']);
  // The other methods may be sent again without a key.
  const idempotencyKey = request.method === 'POST' ? readIdempotencyKey(request) : undefined;
  const committed = headers['prefer'] === undefined ? undefined : (request.committed ??= []);
  return {
    caller: user,
    ...readRequestOrigin(request),
    ...(reason && { reason }),
    ...(committed && { committed }),
    ...(idempotencyKey && { idempotencyKey }),
    ...(readValidateOnly(request) && { validateOnly: true }),
  };
}

/** Reads what is known of any request, whoever makes it. */
export function readRequestOrigin(request: Omit<Request, 'user'>): RequestOrigin {
  const traceparent = request.headers['traceparent'];
  return {
    requestId: request.id,
    // The router doubles a colon that is not the start of a parameter.
    route: `${request.method} ${(request.routeOptions.url ?? '').replaceAll('::', ':')}`,
    address: request.ip,
    ...(typeof traceparent === 'string' && traceparentForm.test(traceparent) && { traceparent }),
  };
}

function readReason(header: string | string[] | undefined): string {
  if (header === undefined) return '';
  const reason = decodeHeader([header].flat().join(', ')).trim();
  if (controlCharacter.test(reason))
    throw new ProblemError('invalid-parameter', 'The header Change-Reason must not hold control characters.');
  if (Array.from(reason).length > longestReason)
    throw new ProblemError(
      'invalid-parameter',
      `The header Change-Reason must not be longer than ${longestReason} characters.`,
    );
  return reason;
}

/** Node reads header bytes as Latin-1 while clients send UTF-8; text that is no valid UTF-8 stays as it is. */
function decodeHeader(text: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}
