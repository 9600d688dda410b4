import type { IncomingMessage } from 'node:http';

const scheme = /^bearer +/i;

/**
 * Finds the token of a request: `Authorization: Bearer <token>` (RFC 6750, the scheme in any case) or the
 * bare token, which some clients pass on as they got it. Any other scheme, two `Authorization` headers
 * (which of them a proxy has checked cannot be known) and tokens anywhere else count as no token.
 */
export function requestToken(request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): string | undefined {
  const value = request.headers.authorization;
  if (!value || isRepeated(request.rawHeaders)) return undefined;
  const token = value.replace(scheme, '');
  return token.includes(' ') ? undefined : token;
}

/** Node keeps the first of several `Authorization` headers and drops the others without a word. */
function isRepeated(rawHeaders: readonly string[]): boolean {
  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') seen += 1;
  }
  return seen > 1;
}
