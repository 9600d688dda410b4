import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtension } from '@nestjs/swagger';

/** That a route is to be given up, and when. */
export interface Deprecation {
  /** First day on which it was, or will be, deprecated: `2027-01-01`, in UTC. */
  readonly since: string;
  /** Day on which it stops answering. */
  readonly sunset?: string;
  /** Address of what to read about it, such as a guide to what comes in its place. */
  readonly guide?: string;
  /** Path of what comes in its place. */
  readonly successor?: string;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly deprecation?: Deprecation;
  }
}

/** Where the OpenAPI document keeps a {@link Deprecation} until it is written out. */
export const deprecationExtension = 'x-deprecation';

/**
 * Tells the clients of a route that it will be given up: by the headers `Deprecation` (RFC 9745), `Sunset`
 * (RFC 8594) and `Link` of its answers, and in the OpenAPI document. The route itself goes on as before.
 *
 * @throws {Error} where a date is none, or it ends before it is deprecated
 */
export function Deprecated(deprecation: Deprecation): MethodDecorator {
  const { since, sunset } = deprecation;
  for (const date of [since, sunset ?? since])
    if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(Date.parse(date)))
      throw new Error(`@Deprecated needs dates such as 2027-01-01, not ${date}.`);
  if (sunset !== undefined && sunset < since)
    throw new Error(`@Deprecated: the sunset ${sunset} is before ${since}.`);
  return applyDecorators(RouteConfig({ deprecation }), ApiExtension(deprecationExtension, deprecation));
}
