import { Readable } from 'node:stream';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { allowLongRequest } from './long-requests.js';
import { ProblemError } from './problems/problem.error.js';

/** Media type of records as lines of JSON. */
export const ndjsonType = 'application/x-ndjson';

/** What a route says of the bodies that it reads. */
interface BodyConfig {
  readonly bodyLimit?: number;
  readonly streamsBody?: boolean;
}

/** Lets a route read larger bodies than others, up to so many bytes. */
export const LargeBody = (bytes: number): MethodDecorator =>
  RouteConfig({ bodyLimit: bytes } satisfies BodyConfig);

/**
 * Gives a route its body, `application/x-ndjson`, as a stream that it reads while it arrives. No limit holds for
 * the whole of it, nor does the time that other requests have to arrive.
 */
export const StreamedBody = (): MethodDecorator => RouteConfig({ streamsBody: true } satisfies BodyConfig);

/** Teaches the server the bodies of routes that are decorated with one of the above. */
export function readBodiesByRoute(server: FastifyInstance): void {
  server.addHook('onRoute', (route: RouteOptions) => {
    const { bodyLimit } = configOf(route.config);
    if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
  });
  server.addContentTypeParser(ndjsonType, (request: FastifyRequest, body, done) => {
    if (configOf(request.routeOptions.config).streamsBody) return done(null, body);
    return done(new ProblemError('unsupported-media-type', 'Send the body as application/json.'));
  });
}

/** Nest gives Fastify what the decorators say, which Fastify does not look at. */
const configOf = (config: unknown): BodyConfig => (typeof config === 'object' && config) || {};

/**
 * The body of a route with `@StreamedBody()`. A client that sends nothing for so many milliseconds is cut off.
 *
 * @throws {ProblemError} `unsupported-media-type`, `malformed-request`
 */
export function streamedBody(request: FastifyRequest, idle: number): Readable {
  const { body } = request;
  if (body === undefined)
    throw new ProblemError('malformed-request', `The request has no body; send one as ${ndjsonType}.`);
  if (!(body instanceof Readable))
    throw new ProblemError('unsupported-media-type', `Send the body as ${ndjsonType}.`);
  body.once('close', allowLongRequest(request.raw.socket));
  request.raw.setTimeout(idle, () => request.raw.destroy());
  return body;
}
