import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { ResourceParam, TargetParam } from '../resource-param.decorator.js';
import type { SyncedResource } from '../synced-resource.js';
import { SyncedResourcePipe } from '../synced-resource.pipe.js';
import { RowIdPipe } from '../row-id.pipe.js';
import { AttemptPageDto, AttemptQueryDto } from './attempt.dto.js';
import { AttemptList } from './attempt-list.js';
import { TargetStatusDto } from './target-status.dto.js';
import { TargetStatusReader } from './target-status-reader.js';

/** How the delivery to a target stands, for administrators. */
@ApiTags('sync')
@ResourceParam
@TargetParam
@Controller('sync/:resource/targets/:id')
export class TargetStatusController {
  constructor(
    private readonly statuses: TargetStatusReader,
    private readonly attempts: AttemptList,
  ) {}

  @Get('status')
  @RequireScope('sync:admin')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Tell how the delivery to a target stands', operationId: 'sync.getTargetStatus' })
  @ApiOkResponse({ type: TargetStatusDto, description: 'How it stands now.' })
  status(
    @Context() { caller }: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('id', RowIdPipe) id: number,
  ): Promise<TargetStatusDto> {
    return this.statuses.read(caller, resource, id);
  }

  @Get('attempts')
  @RequireScope('sync:admin')
  @ApiOperation({
    summary: 'List the attempts to deliver to a target, newest first',
    description:
      'For diagnosis: the newest may be missing after a crash, and old ones are deleted. A page may have fewer entries ' +
      'than its limit, even none, and not be the last: only a nextCursor of null ends the list.',
    operationId: 'sync.listAttempts',
  })
  @ApiOkResponse({ type: AttemptPageDto, description: 'A page of attempts.' })
  @Header('Cache-Control', 'no-store')
  listAttempts(
    @Context() { caller }: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('id', RowIdPipe) id: number,
    @Query() query: AttemptQueryDto,
  ): Promise<AttemptPageDto> {
    return this.attempts.page(caller, resource, id, query);
  }
}
