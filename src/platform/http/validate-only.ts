import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problems/problem.error.js';

/** The query parameter with which a write is tried and not made. */
export const validateOnlyParameter = 'validateOnly';

const metadataKey = 'hms:validate-only';

/** Lets an operation take `validateOnly`, which its request context then has. All others refuse it. */
export const TakesValidateOnly: MethodDecorator = applyDecorators(
  SetMetadata(metadataKey, true),
  ApiQuery({
    name: validateOnlyParameter,
    required: false,
    description:
      'true: everything is checked, preconditions and constraints of the database included, and answered with 200 and ' +
      'what the record would be, or with the error. Nothing is stored, recorded or sent.',
    schema: { type: 'boolean', default: false },
  }),
);

/** Whether a handler has the decorator {@link TakesValidateOnly}. */
export const takesValidateOnly = (handler: object): boolean =>
  Reflect.getMetadata(metadataKey, handler) === true;

/**
 * Reads `validateOnly` from the query of a request.
 *
 * @throws {ProblemError} `invalid-parameter` if it is neither true nor false
 */
export function readValidateOnly({ query }: Pick<FastifyRequest, 'query'>): boolean {
  const value: unknown = Reflect.get(query as object, validateOnlyParameter);
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw new ProblemError('invalid-parameter', `${validateOnlyParameter}: Must be true or false.`);
}
