import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { TargetDto } from './dto/target.dto.js';

/** Form of what is answered about a target; another one must not have the same entity tags. */
const form = 1;

/** Adds the headers that go with a target: `ETag`, and `Location` on creation. Nothing of it may be kept by caches. */
@Injectable()
export class TargetResponseInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const { method } = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      map((result) => {
        reply.header('Cache-Control', 'no-store');
        if (!isTarget(result)) return result;
        // RFC 9110 §9.3.4: no validator on a PUT whose content was transformed.
        if (method !== 'PUT') reply.header('ETag', `"${result.revision}.${form}"`);
        if (reply.statusCode === 201)
          reply.header('Location', `/api/sync/${result.resource}/targets/${result.id}`);
        return result;
      }),
    );
  }
}

function isTarget(result: unknown): result is TargetDto {
  return typeof result === 'object' && result !== null && 'revision' in result;
}
