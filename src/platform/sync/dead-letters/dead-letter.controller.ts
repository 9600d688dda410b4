import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { announceNextPage, linkHeader } from '../../http/paging/page-link.js';
import { ResourceParam } from '../resource-param.decorator.js';
import type { SyncedResource } from '../synced-resource.js';
import { SyncedResourcePipe } from '../synced-resource.pipe.js';
import { RetryDeadLettersDto, SkipDeadLettersDto } from './dead-letter-action.dto.js';
import { DeadLetterActions } from './dead-letter-actions.js';
import { DeadLetterList } from './dead-letter-list.js';
import { DeadLetterQueryDto } from './dead-letter-query.dto.js';
import { DeadLetterCountDto, DeadLetterPageDto } from './dead-letter.dto.js';

/** What targets refused for good, for administrators. */
@ApiTags('sync')
@ResourceParam
@Controller('sync/:resource')
export class DeadLetterController {
  constructor(
    private readonly deadLetters: DeadLetterList,
    private readonly actions: DeadLetterActions,
  ) {}

  @Get('dead-letters')
  @RequireScope('sync:admin')
  @ApiOperation({
    summary: 'List the dead letters of a resource',
    description:
      'Records of which a target of yours refused a version for good; with the scope platform:sync those of every ' +
      'target. Newer versions of such a record wait behind the refused one.',
    operationId: 'sync.listDeadLetters',
  })
  @ApiOkResponse({ type: DeadLetterPageDto, description: 'A page of dead letters.', headers: linkHeader })
  async list(
    @Context() { caller }: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Query() query: DeadLetterQueryDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeadLetterPageDto> {
    const page = await this.deadLetters.page(caller, resource, query);
    announceNextPage(request, reply, page.page.nextCursor);
    return page;
  }

  @Post('dead-letters::retry')
  @HttpCode(200)
  @RequireScope('sync:admin')
  @ApiOperation({
    summary: 'Send dead letters again',
    description: 'From the refused version on, in order. Each is an entry in the audit trail.',
    operationId: 'sync.retryDeadLetters',
  })
  @ApiOkResponse({ type: DeadLetterCountDto, description: 'How many go on.' })
  retry(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Body() filter: RetryDeadLettersDto,
  ): Promise<DeadLetterCountDto> {
    return this.actions.retry(context, resource, filter);
  }

  @Post('dead-letters::skip')
  @HttpCode(200)
  @RequireScope('sync:admin')
  @ApiOperation({
    summary: 'Pass over the refused versions of dead letters',
    description:
      'The target goes without them and gets the versions after. Each is an entry in the audit trail, with the reason.',
    operationId: 'sync.skipDeadLetters',
  })
  @ApiOkResponse({ type: DeadLetterCountDto, description: 'How many go on.' })
  skip(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Body() filter: SkipDeadLettersDto,
  ): Promise<DeadLetterCountDto> {
    return this.actions.skip(context, resource, filter);
  }
}
