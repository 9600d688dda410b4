import type { CanActivate, ExecutionContext, Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { pointer } from './json-pointer.js';
import { takesValidateOnly, validateOnlyParameter } from './validate-only.js';
import { unknownMember, unknownParameter, validationFailed } from './validation.js';

/**
 * Refuses what a route does not read: query parameters where its method has no `@Query()`, and a body where
 * it has no `@Body()`. An empty object says nothing, and passes. A guard, as an interceptor would cost every
 * request a chain of observables; it runs after those that find out who is asking.
 *
 * @throws {ProblemError} `unknown-parameter`, `validation-failed`
 */
export class UndeclaredInputGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { query, body } = context.switchToHttp().getRequest<FastifyRequest>();
    const parameter = Object.keys(query as object).find(
      (name) => name !== validateOnlyParameter || !takesValidateOnly(context.getHandler()),
    );
    if (parameter !== undefined && !reads(context, RouteParamtypes.QUERY)) throw unknownParameter(parameter);
    if (body !== undefined && !reads(context, RouteParamtypes.BODY)) refuseBody(body);
    return true;
  }
}

function reads(context: ExecutionContext, kind: RouteParamtypes): boolean {
  const routeArguments = (Reflect.getMetadata(
    ROUTE_ARGS_METADATA,
    context.getClass<Type>(),
    context.getHandler().name,
  ) ?? {}) as object;
  return Object.keys(routeArguments).some((key) => key.startsWith(`${kind}:`));
}

function refuseBody(body: unknown): void {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw validationFailed([{ pointer: '', detail: 'This operation reads no body; send none.' }]);
  const errors = Object.keys(body).map((member) => ({ pointer: pointer('', member), detail: unknownMember }));
  if (errors.length > 0) throw validationFailed(errors.slice(0, 50));
}
