import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type AcceptedVersions, changePrecondition } from './precondition.js';

/** The versions that the request's `If-Match` and `If-None-Match` accept; undefined where any will do. */
export const IfMatch = createParamDecorator(
  (_: unknown, context: ExecutionContext): AcceptedVersions | undefined =>
    changePrecondition(context.switchToHttp().getRequest<FastifyRequest>().headers),
);
