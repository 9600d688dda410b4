import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RequestContext } from '../auth/request-context.js';
import { readRequestContext } from '../auth/request-context.decorator.js';
import { type AcceptedVersions, changePrecondition } from '../http/precondition.js';
import { RecordIdPipe } from './record-id.pipe.js';

/** The record that a request is about. */
export interface RecordTarget {
  readonly context: RequestContext;
  readonly id: string;
  /** The versions on which a change may be based; undefined where any will do, and for reads. */
  readonly accepted?: AcceptedVersions | undefined;
}

const ids = new RecordIdPipe();

/**
 * Gives a controller method the record that its path names with `:id`, and who asks for it. Only for routes
 * with `@RequireScope`.
 *
 * @throws {ProblemError} `not-found` where the path holds no id, `malformed-request` for a precondition that is none
 */
export const Target = createParamDecorator((_: unknown, context: ExecutionContext): RecordTarget => {
  const request = context.switchToHttp().getRequest<FastifyRequest<{ Params: { id: string } }>>();
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return {
    context: readRequestContext(request),
    id: ids.transform(request.params.id),
    accepted: isRead ? undefined : changePrecondition(request.headers),
  };
});
