import { Readable } from 'node:stream';
import { Controller, Get, Inject, Query, Req, Res, type Type } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { SecurityEvents } from '../../auth/security-events.js';
import { exampleOf } from '../../http/fields/index.js';
import { ndjsonType } from '../../http/route-body.js';
import { exportToken } from '../inject-records.decorator.js';
import { provisional as provisionalHeader } from '../record-operations.decorator.js';
import type { Resource } from '../resource.js';
import { type ExportFormatName, type ExportQueryDto, exportQueryOf } from './export.dto.js';
import { formatAccepted } from './export-format.js';
import type { RecordExport } from './record-export.js';

/** The route by which the records of a resource go out as a stream. */
export function exportControllerOf(resource: Resource): Type {
  const { name, type, path, entity, bodies } = resource;
  const lines = `${JSON.stringify({ id: '123', agency: 'hhs', version: 2, ...exampleOf(bodies.create) })}\n`;

  class ResourceExportQueryDto extends exportQueryOf(resource) {}

  @ApiTags(name)
  @Controller()
  class ExportController {
    constructor(
      @Inject(exportToken(entity)) private readonly records: RecordExport,
      private readonly events: SecurityEvents,
    ) {}

    @Get(`${path}::export`)
    @RequireScope(`${name}:read`)
    @ApiOperation({
      summary: `Export ${name}`,
      description:
        'The living records of the agency by id, as they were when the export began, as a stream. It takes the ' +
        'filters of the list. An export that fails is cut off, so a complete answer is the complete list. In CSV, ' +
        'objects and lists stand in their cell as JSON, and a text that a spreadsheet would take for a formula has ' +
        'an apostrophe in front.',
      operationId: `${type}.export`,
    })
    @ApiOkResponse({
      description: 'The records, one a line.',
      headers: {
        'Content-Disposition': {
          description: 'A name for the file.',
          schema: { type: 'string' },
          example: `attachment; filename="${name}.ndjson"`,
        },
        Provisional: provisionalHeader,
      },
      content: {
        [ndjsonType]: { schema: { type: 'string' }, example: lines },
        'text/csv': { schema: { type: 'string' } },
      },
    })
    @ApiResponse({
      status: 410,
      description: 'What a record was at the moment of the export has been removed.',
    })
    async run(
      @Context() context: RequestContext,
      @Query() query: ResourceExportQueryDto,
      @Req() request: FastifyRequest,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      const chosen = query.format ?? formatAccepted(request.headers.accept);
      const format = this.records.formatOf(context, query, chosen);
      void reply
        .header('Cache-Control', 'no-store')
        .header('Vary', 'Accept, Authorization')
        .header('Content-Disposition', `attachment; filename="${name}.${format.extension}"`)
        .type(format.mediaType);
      if (request.method === 'HEAD') {
        // A stream, too: of unknown length, and compressed for those who ask.
        void reply.send(Readable.from([]));
        return;
      }
      const { stream, provisional } = await this.records.open(context, query, format);
      this.record(context, chosen, query);
      if (provisional) void reply.header('Provisional', 'true');
      void reply.send(stream);
    }

    private record(context: RequestContext, format: ExportFormatName, query: ExportQueryDto): void {
      const { format: _format, members, ...filters } = query;
      const given = Object.entries(filters).flatMap(([parameter, value]) =>
        value === undefined ? [] : `${parameter}=${String(value)}`,
      );
      const reason = [name, `format=${format}`, `members=${members}`, ...given].join(', ');
      const { caller, reason: _, committed: __, ...origin } = context;
      this.events.record({ action: 'records.exported', outcome: 'success', origin, caller, reason });
    }
  }
  Object.defineProperty(ExportController, 'name', { value: `${entity.name}ExportController` });
  return ExportController;
}
