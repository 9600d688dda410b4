import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../http/problems/problem.error.js';
import type { Caller } from './caller.js';
import { insufficientScope } from './refusals.js';
import { routeAccess } from './route-access.js';

/**
 * Lets callers use a route if their token has the scope it requires. A route that declares neither a scope
 * nor `@Public()` lets nobody pass. Runs after {@link JwtAuthGuard}, which finds the caller.
 */
@Injectable()
export class ScopeGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const access = routeAccess(context.getHandler(), context.getClass());
    if (access === 'public') return true;
    if (access === 'undeclared')
      throw new ProblemError('insufficient-scope', 'Nobody may use this: it declares no scope.');
    const { user } = context.switchToHttp().getRequest<FastifyRequest & { user?: Caller }>();
    if (!user?.scopes.has(access.scope)) throw insufficientScope(access.scope);
    return true;
  }
}
