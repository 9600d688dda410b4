import { Body, Controller, Inject, Post, Res, type Type } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { ApiProblem } from '../../http/openapi/api-problem.decorator.js';
import { problemExample } from '../../http/openapi/problem-schema.js';
import { LargeBody } from '../../http/route-body.js';
import { takesValidateOnlyAs } from '../../http/validate-only.js';
import { bulkToken } from '../inject-records.decorator.js';
import {
  ApiChangeHeaders,
  idempotencyKey,
  keyConflict,
  replayed,
  validatedOnly,
  waited,
} from '../record-operations.decorator.js';
import type { Resource } from '../resource.js';
import { bulkBodyOf, bulkExamples, BulkResultDto } from './bulk.dto.js';
import { type BulkRequest, BulkRequestPipe } from './bulk-request.js';
import type { RecordBulk } from './record-bulk.js';

/** Bytes that the body of a bulk request may have: 1,000 operations of 16 KiB. */
export const bulkBodyLimit = 16 * 1024 * 1024;

/** The route by which many records of a resource are written at once. */
export function bulkControllerOf(resource: Resource): Type {
  const { name, type, path, entity, bodies } = resource;

  const examples = bulkExamples(resource);
  const resultSchema = { $ref: getSchemaPath(BulkResultDto) };

  @ApiTags(name)
  @ApiExtraModels(bodies.create, bodies.update, BulkResultDto)
  @Controller()
  class BulkController {
    constructor(@Inject(bulkToken(entity)) private readonly records: RecordBulk) {}

    // The router takes a doubled colon for one that begins no parameter.
    @Post(`${path}::bulk`)
    @RequireScope(`${name}:write`)
    @LargeBody(bulkBodyLimit)
    @ApiOperation({
      summary: `Make, change and delete up to 1,000 ${name}`,
      description:
        'Each operation is what POST, PUT or DELETE would be: its own version, log entry and delivery. They come as ' +
        'in the list, and all that is done is committed at once. A body may have 16 MiB.',
      operationId: `${type}.bulk`,
    })
    @ApiChangeHeaders
    @idempotencyKey
    @takesValidateOnlyAs(
      'true: says what would become of each operation; nothing is stored, recorded or sent. The records that would ' +
        'be made without an id get others.',
    )
    @ApiBody({ type: bulkBodyOf(resource), examples: { each: examples.each, atomic: examples.atomic } })
    @ApiOkResponse({
      description: 'An atomic request: all was done.',
      headers: { ...replayed, ...waited, ...validatedOnly },
      content: { 'application/json': { schema: resultSchema, examples: { allDone: examples.allDone } } },
    })
    @ApiResponse({
      status: 207,
      description: 'A request that is not atomic: each result says what became of its operation.',
      headers: { ...replayed, ...waited, ...validatedOnly },
      content: {
        'application/json': { schema: resultSchema, examples: { oneRefused: examples.oneRefused } },
      },
    })
    @ApiProblem(413, 'The body is larger than 16 MiB.', [
      problemExample('body-too-large', `The body has more than ${bulkBodyLimit} bytes; send less at once.`),
    ])
    @keyConflict(
      'A request with the same Idempotency-Key is under way. What one operation conflicts with is told in its result.',
    )
    @ApiResponse({
      status: 422,
      description:
        'The request has not the form, or two operations are of one record; or it is atomic, and an operation cannot ' +
        'be done; or the Idempotency-Key was used for another request.',
    })
    async bulk(
      @Context() context: RequestContext,
      @Body(new BulkRequestPipe(resource)) request: BulkRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<string> {
      const { body, headers } = await this.records.run(context, request);
      reply
        .status(request.atomic ? 200 : 207)
        .headers({ 'Cache-Control': 'no-store', ...headers })
        .type('application/json; charset=utf-8');
      return body;
    }
  }
  Object.defineProperty(BulkController, 'name', { value: `${entity.name}BulkController` });
  return BulkController;
}
