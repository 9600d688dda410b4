import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { unauthenticated } from '../../auth/refusals.js';
import { requestToken } from '../../auth/request-token.js';
import { Settings } from '../../config/settings.js';
import { ProblemError } from '../../http/problems/problem.error.js';

const loopback = /^(::ffff:)?127\.|^::1$/;

/**
 * Lets those see the metrics who have the `METRICS_TOKEN`. Where none is set, processes of this machine may,
 * and in production nobody: the answer is then the one to an address where there is nothing.
 */
@Injectable()
export class MetricsAccessGuard implements CanActivate {
  constructor(private readonly settings: Settings) {}

  /** @throws {ProblemError} `unauthenticated`, `not-found` */
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { metricsToken, production } = this.settings;
    if (metricsToken === undefined) {
      if (!production && loopback.test(request.ip)) return true;
      throw new ProblemError('not-found', 'There is nothing at this address.');
    }
    const token = requestToken(request.raw);
    if (token === undefined) throw unauthenticated(false);
    if (!timingSafeEqual(digest(token), digest(metricsToken))) throw unauthenticated(true);
    return true;
  }
}

/** Of equal length whatever is sent, so that the comparison takes equal time. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
