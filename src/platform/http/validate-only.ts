import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problems/problem.error.js';

/** The query parameter with which a write is tried and not made. */
export const validateOnlyParameter = 'validateOnly';

const metadataKey = 'hms:validate-only';

/** The headers of an answer that says what would be. */
export const validateOnlyAnswer = { 'Cache-Control': 'no-store', 'Validate-Only': 'true' };

/**
 * Lets an operation take `validateOnly`, which its request context then has. All others refuse it.
 *
 * @param description what the answer is
 */
export const takesValidateOnlyAs = (description: string): MethodDecorator =>
  applyDecorators(
    SetMetadata(metadataKey, true),
    ApiQuery({
      name: validateOnlyParameter,
      required: false,
      description,
      schema: { type: 'boolean', default: false },
    }),
  );

/** Lets the write of one record take it. */
export const TakesValidateOnly = takesValidateOnlyAs(
  'true: everything is checked, preconditions and constraints of the database included, and answered with 200 and ' +
    'what the record would be, or with the error. Nothing is stored, recorded or sent.',
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
