import { Body, Controller, HttpCode, Inject, Post, Query, Req, Res, type Type } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblem } from '../../http/openapi/api-problem.decorator.js';
import { problemExample } from '../../http/openapi/problem-schema.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { exampleOf } from '../../http/fields/index.js';
import { ndjsonType, StreamedBody, streamedBody } from '../../http/route-body.js';
import { validateOnlyAnswer } from '../../http/validate-only.js';
import { importToken } from '../inject-records.decorator.js';
import { changeReason, validatedOnly } from '../record-operations.decorator.js';
import type { Resource } from '../resource.js';
import { ImportQueryDto, ImportSummaryDto } from './import.dto.js';
import type { RecordImport } from './record-import.js';

/** Milliseconds for which a client may send nothing. */
const idle = 30_000;

/** The route by which records of a resource come in as a stream. */
export function importControllerOf({ name, type, path, entity, bodies }: Resource): Type {
  @ApiTags(name)
  @Controller()
  class ImportController {
    constructor(@Inject(importToken(entity)) private readonly records: RecordImport) {}

    @Post(`${path}::import`)
    @HttpCode(200)
    @RequireScope(`${name}:write`)
    @StreamedBody()
    @ApiOperation({
      summary: `Import ${name}`,
      description:
        'One record a line, of any number, each with its id. Lines are taken in their order, in batches that are ' +
        'committed one after the other; a line that cannot be taken is passed over and told of in the answer. If ' +
        'the import breaks off, send it again: ids keep what was taken from being taken twice.',
      operationId: `${type}.import`,
    })
    @changeReason
    @ApiConsumes(ndjsonType)
    @ApiBody({
      description: 'Records as lines of JSON, as POST takes them or as an export has them.',
      // No type: that of a text would have to say how long it may be.
      schema: { description: 'One record a line.' },
      examples: { lines: { value: exampleLines(bodies.create) } },
    })
    @ApiOkResponse({
      type: ImportSummaryDto,
      description:
        'The whole body was read. What became of its lines, or with validateOnly would become of them.',
      headers: { ...validatedOnly },
    })
    @ApiProblem(422, 'A reason for the change is needed.', [
      problemExample('change-reason-required', 'Say in Change-Reason why you make this change.'),
    ])
    @ApiResponse({
      status: 503,
      description:
        'The import broke off. The problem says how far it got; send it again after `Retry-After` seconds.',
      headers: { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds to wait.' } },
    })
    run(
      @Context() context: RequestContext,
      @Query() { mode }: ImportQueryDto,
      @Req() request: FastifyRequest,
      // Declares that the route reads a body.
      @Body() _body: unknown,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<ImportSummaryDto> {
      if (context.validateOnly) reply.headers(validateOnlyAnswer);
      return this.records.run(context, streamedBody(request, idle), mode);
    }
  }
  Object.defineProperty(ImportController, 'name', { value: `${entity.name}ImportController` });
  return ImportController;
}

/** Two records, as lines. */
const exampleLines = (create: Type<object>): string =>
  ['1', '2'].map((id) => `${JSON.stringify({ id, ...exampleOf(create) })}\n`).join('');
