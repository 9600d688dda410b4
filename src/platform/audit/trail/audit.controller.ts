import { Readable } from 'node:stream';
import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { insufficientScope } from '../../auth/refusals.js';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { SecurityEvents } from '../../auth/security-events.js';
import { announceNextPage, linkHeader } from '../../http/paging/page-link.js';
import { AuditExport, exportFormats } from './audit-export.js';
import { auditFilter } from './audit-filter.js';
import { AuditPageDto } from './audit.dto.js';
import { decodeCursor, encodeCursor } from './audit-position.js';
import { AuditExportQueryDto, AuditPageQueryDto, type AuditQueryDto } from './audit-query.dto.js';
import type { AuditRequest } from './audit-source.js';
import { AuditTrail } from './audit-trail.js';
import { type AuditedResource, auditedResources } from './audited-resource.js';

/** The scope that opens the entries of all agencies, beside `audit:read`. */
const platformScope = 'platform:audit';

/** Rows of a database that are looked at for one page, however little the filters find. */
const window = 2500;

/** The audit trail over HTTP. Each use of it is itself an entry. */
@ApiTags('audit')
@Controller()
export class AuditController {
  constructor(
    private readonly trail: AuditTrail,
    private readonly exports: AuditExport,
    private readonly events: SecurityEvents,
    @Inject(auditedResources) private readonly resources: readonly AuditedResource[],
  ) {}

  @Get('audit')
  @RequireScope('audit:read')
  @ApiOperation({
    summary: 'List the audit trail, newest first',
    description:
      'Changes of records, refused requests, and reads and exports of this list. A page may have fewer ' +
      'entries than its limit, even none, and not be the last: only a nextCursor of null ends the list.',
    operationId: 'audit.list',
  })
  @ApiOkResponse({
    type: AuditPageDto,
    description: 'A page of entries.',
    headers: linkHeader,
  })
  async list(
    @Context() context: RequestContext,
    @Query() query: AuditPageQueryDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AuditPageDto> {
    const { limit, cursor } = query;
    const wanted = this.requestOf(context, query);
    const before = cursor === undefined ? undefined : decodeCursor(cursor);
    const { entries, next } = await this.trail.page(wanted, before, { limit, window });
    this.record('audit.read', context, query);
    const nextCursor = next ? encodeCursor(next) : null;
    announceNextPage(request, reply, nextCursor);
    return { items: entries.map(({ entry }) => entry), page: { limit, nextCursor } };
  }

  @Get('audit::export')
  @RequireScope('audit:read')
  @ApiOperation({
    summary: 'Export the audit trail, newest first',
    description:
      'The whole of what the filters find, as a stream. An export that fails is cut off, so a complete answer is ' +
      'the complete list. In CSV a text that a spreadsheet would take for a formula has an apostrophe in front.',
    operationId: 'audit.export',
  })
  @ApiOkResponse({
    description: 'The entries, one a line, with the members of an entry of the list.',
    headers: {
      'Content-Disposition': {
        description: 'Names a file for it (RFC 6266).',
        schema: { type: 'string' },
        example: 'attachment; filename="audit.csv"',
      },
    },
    content: {
      'application/x-ndjson': { schema: { type: 'string' } },
      'text/csv': { schema: { type: 'string' } },
    },
  })
  async export(
    @Context() context: RequestContext,
    @Query() query: AuditExportQueryDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const wanted = this.requestOf(context, query);
    const format = exportFormats[query.format];
    void reply
      .header('Cache-Control', 'no-store')
      .header('Content-Disposition', `attachment; filename="audit.${format.extension}"`)
      .type(format.mediaType);
    if (request.method === 'HEAD') {
      // A stream, too: of unknown length, and compressed for those who ask.
      void reply.send(Readable.from([]));
      return;
    }
    const stream = await this.exports.open(wanted, format);
    this.record('audit.exported', context, query);
    void reply.send(stream);
  }

  private requestOf({ caller }: RequestContext, query: AuditQueryDto): AuditRequest {
    const filter = auditFilter(query, this.resources);
    if (caller.scopes.has(platformScope)) return { agency: query.agency, filter };
    if (query.agency !== undefined && query.agency !== caller.agency) throw insufficientScope(platformScope);
    return { agency: caller.agency, filter };
  }

  private record(action: string, context: RequestContext, query: AuditQueryDto): void {
    const { caller, reason: _, ...origin } = context;
    const reason = new URLSearchParams(
      JSON.parse(JSON.stringify(query)) as Record<string, string>,
    ).toString();
    this.events.record({ action, outcome: 'success', origin, caller, reason });
  }
}
