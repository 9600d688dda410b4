import { type ExecutionContext, Injectable, Logger, UnauthorizedException } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import jwt from 'jsonwebtoken';
import { ProblemError } from '../http/problems/problem.error.js';
import type { Caller } from './caller.js';
import { RateLimits } from './rate-limits.js';
import { TokenRefusal, unauthenticated } from './refusals.js';
import { requestToken } from './request-token.js';
import { routeAccess } from './route-access.js';
import { TokenCache } from './token-cache.js';
import type { VerifiedToken } from './token-claims.js';
import { isUnlimited } from './unlimited.decorator.js';

/** A request, with what passport and this guard put into it. */
interface Request extends FastifyRequest {
  verified?: VerifiedToken;
  /** Why passport refused the token. */
  authInfo?: unknown;
  user?: Caller;
}

/**
 * Lets requests with a valid token pass and puts its {@link Caller} in `request.user`; lets everybody pass
 * on `@Public()` routes. All are held to the {@link RateLimits}. A token is looked at before its sender is held to
 * anything: many callers may share an address, and nobody without a token must be able to keep them out.
 *
 * A token that was verified in the last 5 minutes is not verified again ({@link TokenCache}). So a token that its
 * issuer revokes before `exp` works on: tokens should live short. One whose key is withdrawn works for at
 * most 5 minutes plus the age of the key set (10 minutes, an hour while the issuer cannot be reached or publishes none).
 */
@Injectable()
export class JwtAuthGuard extends AuthGuard('jwt') {
  private readonly log = new Logger(JwtAuthGuard.name);

  constructor(
    private readonly cache: TokenCache,
    private readonly limits: RateLimits,
  ) {
    super();
  }

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const reply = http.getResponse<FastifyReply>();
    if (routeAccess(context.getHandler(), context.getClass()) === 'public') {
      if (!isUnlimited(context.getClass())) this.limits.admitAnonymous(request, reply);
      return true;
    }
    const token = requestToken(request.raw);
    if (token === undefined) {
      this.limits.admitAnonymous(request, reply);
      throw unauthenticated(false);
    }
    const caller = this.cache.get(token);
    if (caller === undefined) return this.verify(context, request, token);
    this.limits.admitCaller(caller, reply);
    request.user = caller;
    return true;
  }

  private async verify(context: ExecutionContext, request: Request, token: string): Promise<boolean> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    try {
      await super.canActivate(context);
    } catch (error) {
      const refusal = this.refusal(error, request.authInfo);
      if (refusal instanceof ProblemError && refusal.code === 'unauthenticated')
        this.limits.admitAnonymous(request, reply);
      throw refusal;
    }
    const { verified } = request;
    if (verified === undefined) throw unauthenticated(true);
    this.limits.admitCaller(verified.caller, reply);
    this.cache.set(token, verified);
    request.user = verified.caller;
    return true;
  }

  /** Where the verification goes, before the caller is taken out of it. */
  override getAuthenticateOptions() {
    return { property: 'verified' };
  }

  /** @param info why passport refused, where it did not fail */
  private refusal(error: unknown, info: unknown): unknown {
    if (error instanceof ProblemError) return error;
    if (info instanceof ProblemError) return info;
    if (!(error instanceof TokenRefusal || error instanceof UnauthorizedException)) return error;
    const why = new TokenRefusal(reason(error instanceof TokenRefusal ? error : info));
    this.log.debug(`Token refused: ${why.message}`);
    return unauthenticated(true, why);
  }
}

/** Only messages known to hold no part of the token; a JSON error, for one, quotes what it could not read. */
function reason(refusal: unknown): string {
  if (refusal instanceof TokenRefusal || refusal instanceof jwt.JsonWebTokenError) return refusal.message;
  return refusal instanceof Error ? refusal.name : 'unknown';
}
