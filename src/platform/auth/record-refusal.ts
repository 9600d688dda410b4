import type { FastifyRequest } from 'fastify';
import type { ProblemError } from '../http/problems/problem.error.js';
import type { Caller } from './caller.js';
import { TokenRefusal } from './refusals.js';
import { readRequestOrigin } from './request-context.decorator.js';
import type { SecurityEvents } from './security-events.js';

/**
 * Reports an answer that refused somebody: `authentication.failed` for a credential that was not accepted,
 * `access.denied` for a caller without the right. A request without any credential is no event: browsers
 * and scanners make those all day.
 */
export function recordRefusal(
  events: SecurityEvents,
  problem: ProblemError,
  request: FastifyRequest & { readonly user?: Caller },
): void {
  const { user: caller, headers, params } = request;
  const about = { origin: readRequestOrigin(request), caller, recordId: idIn(params) };
  if (problem.code === 'insufficient-scope')
    events.record({ action: 'access.denied', outcome: 'denied', ...about, reason: problem.message });
  if (problem.code === 'unauthenticated' && headers.authorization !== undefined)
    events.record({ action: 'authentication.failed', outcome: 'failed', ...about, reason: whyOf(problem) });
}

function whyOf({ extras: { cause } }: ProblemError): string {
  return cause instanceof TokenRefusal ? cause.message : 'no credential that can be read';
}

function idIn(params: unknown): string | undefined {
  const id: unknown = typeof params === 'object' && params !== null && 'id' in params ? params.id : undefined;
  return typeof id === 'string' ? id : undefined;
}
