import { ProblemError } from '../http/problems/problem.error.js';

/**
 * Why a token is not accepted. The reason is for the audit trail, and for the log at level debug; it never
 * reaches the client and never holds a part of the token.
 */
export class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal';
}

/**
 * The one answer to every request without a valid token (RFC 6750 §3).
 *
 * @param presented whether there was a token at all
 * @param why for the audit trail; the client is not told
 */
export function unauthenticated(presented: boolean, why?: TokenRefusal): ProblemError {
  const challenge = presented ? 'Bearer realm="hms", error="invalid_token"' : 'Bearer realm="hms"';
  return new ProblemError('unauthenticated', 'Send a valid token: Authorization: Bearer <token>.', {
    headers: { 'WWW-Authenticate': challenge },
    ...(why && { cause: why }),
  });
}

/** The answer to a valid token without the scope that the route needs (RFC 6750 §3.1). */
export function insufficientScope(scope: string): ProblemError {
  return new ProblemError('insufficient-scope', `This needs a token with the scope ${scope}.`, {
    headers: { 'WWW-Authenticate': `Bearer realm="hms", error="insufficient_scope", scope="${scope}"` },
  });
}

/**
 * The answer to a token that may well be valid, while the issuer's keys cannot be had.
 *
 * @param retryAfter whole seconds until asking again makes sense
 */
export function keysUnavailable(retryAfter: number, cause: unknown): ProblemError {
  return new ProblemError(
    'unavailable',
    "The issuer's keys cannot be had right now, so the token cannot be checked.",
    {
      headers: { 'Retry-After': String(retryAfter) },
      cause,
    },
  );
}
