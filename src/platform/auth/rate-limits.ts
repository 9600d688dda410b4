import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Settings } from '../config/settings.js';
import { addressKey, RateLimiter } from '../http/rate-limits/rate-limiter.js';
import type { Caller } from './caller.js';

/** How many requests callers may make, each by itself, and everybody else by address. */
@Injectable()
export class RateLimits {
  private readonly callers: RateLimiter;
  private readonly anonymous: RateLimiter;

  constructor({ rateLimits }: Settings) {
    this.callers = new RateLimiter('caller', rateLimits.caller);
    this.anonymous = new RateLimiter('anonymous', rateLimits.anonymous);
  }

  /** @throws {ProblemError} `rate-limited` */
  admitCaller({ agency, subject }: Caller, reply: FastifyReply): void {
    this.callers.admit(`${agency} ${subject}`, reply);
  }

  /** @throws {ProblemError} `rate-limited` */
  admitAnonymous(request: FastifyRequest, reply: FastifyReply): void {
    this.anonymous.admit(addressKey(request), reply);
  }
}
