import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Header that carries the request id, both ways. */
export const requestIdHeader = 'X-Request-Id';

const accepted = /^[A-Za-z0-9._-]{1,64}$/;

/** The id of a request: the client's own where it has the accepted form, else a new UUID. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && accepted.test(given) ? given : randomUUID();
}
