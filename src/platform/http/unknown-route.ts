import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bodyTypes } from './negotiation.js';
import { ProblemError } from './problems/problem.error.js';
import type { RouteMedia } from './route-media.js';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * A hook that answers requests no route takes, before their body is read: 405 with `Allow` where the path
 * is known with other methods, 204 with `Allow` for OPTIONS there (RFC 9110, sections 9.3.7 and 15.5.6),
 * else 404. The answer to OPTIONS also says what bodies are read there. A path with `.` or `..` in it leads nowhere: clients resolve those (RFC 3986, section 5.2.4).
 *
 * @throws {ProblemError} `method-not-allowed` or `not-found`
 */
export function refuseUnknownRoute(
  request: FastifyRequest,
  reply: FastifyReply,
  media: RouteMedia,
  done: (error?: Error) => void,
): void {
  const outside = hasDotSegment(request.url);
  if (!request.is404 && !outside) return done();
  const allowed = outside ? [] : allowedMethods(request.server, request.url);
  if (allowed.length === 0) return done(new ProblemError('not-found', 'There is nothing at this address.'));
  const headers = { Allow: allowed.join(', ') };
  if (request.method === 'OPTIONS') {
    const path = pathOf(request.url);
    for (const method of ['POST', 'PATCH']) reply.headers(bodyTypes(method, media.readAt(method, path)));
    void reply.code(204).headers(headers).send();
    return undefined;
  }
  const detail = `Here ${request.method} is not allowed; use ${headers.Allow}.`;
  return done(new ProblemError('method-not-allowed', detail, { headers }));
}

/** Also where the dots or the slashes are escaped, which a file server would read as such. */
function hasDotSegment(url: string): boolean {
  if (!/\.|%2e/i.test(url)) return false;
  const path = pathOf(url)
    .replaceAll(/%2e/gi, '.')
    .replaceAll(/%(2f|5c)/gi, '/');
  return /[/\\]\.\.?(?=[/\\]|$)/.test(path);
}

/** The methods that some route takes at a path; none where nothing is. */
export function allowedMethods(server: FastifyInstance, url: string): string[] {
  const path = pathOf(url);
  const found: string[] = methods.filter((method) => server.findRoute({ method, url: path }) !== null);
  return found.length > 0 ? [...found, 'OPTIONS'] : found;
}

function pathOf(url: string): string {
  return url.replace(/[?#].*$/s, '');
}
