import type { FastifyRequest } from 'fastify';
import { acceptsOneOf, mediaTypeOf } from './media-ranges.js';
import { ProblemError } from './problems/problem.error.js';
import type { RouteMedia } from './route-media.js';

/** The header by which an answer says what bodies a method reads: PUT has none of its own. */
const bodyTypesHeader: Readonly<Record<string, string>> = {
  POST: 'Accept-Post',
  PATCH: 'Accept-Patch',
  PUT: 'Accept',
};

/**
 * Says what bodies a method reads: `Accept-Post` (W3C Linked Data Platform, section 7.1), `Accept-Patch`
 * (RFC 5789, section 3.1), `Accept` for others (RFC 9110, section 12.5.1). No header where it reads none.
 */
export function bodyTypes(method: string, types: readonly string[]): Record<string, string> {
  return types.length === 0 ? {} : { [bodyTypesHeader[method] ?? 'Accept']: types.join(', ') };
}

/**
 * Why the media types of a request do not fit its route, before its body is read: undefined where they do, and
 * where the route is not described.
 *
 * @returns a problem: `not-acceptable` where it accepts no type that the route answers with (problem details
 *   are sent all the same); `unsupported-media-type` where its body is compressed, or of a type that the route
 *   does not read
 */
export function mediaProblem(request: FastifyRequest, routes: RouteMedia): ProblemError | undefined {
  const { accept, 'content-type': type, 'content-encoding': coding } = request.headers;
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    return new ProblemError('unsupported-media-type', 'Send the body without a Content-Encoding.', {
      headers: { 'Accept-Encoding': 'identity' },
    });
  const anything = accept === undefined || accept === '*/*' || accept === 'application/json';
  if (anything && type === undefined && !hasBody(request)) return undefined;
  const media = routes.of(request.method, request.routeOptions.url ?? '');
  if (media === undefined) return undefined;
  if (accept !== undefined && media.writes.length > 0 && !acceptsOneOf(accept, media.writes))
    return new ProblemError('not-acceptable', `The answer is only there as ${media.writes.join(' or ')}.`);
  if (media.reads.length === 0 || !(type !== undefined || hasBody(request))) return undefined;
  if (type !== undefined && media.reads.includes(mediaTypeOf(type))) return undefined;
  return new ProblemError('unsupported-media-type', `Send the body as ${media.reads.join(' or ')}.`, {
    headers: bodyTypes(request.method, media.reads),
  });
}

function hasBody({ headers }: FastifyRequest): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}
