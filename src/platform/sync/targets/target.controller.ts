import { Body, Controller, Delete, Get, Param, Post, Put, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { IfMatch } from '../../http/if-match.decorator.js';
import type { AcceptedVersions } from '../../http/precondition.js';
import type { SyncedResource } from '../synced-resource.js';
import { SyncedResourcePipe } from '../synced-resource.pipe.js';
import { CreateTargetDto } from './dto/create-target.dto.js';
import { ListTargetsDto } from './dto/list-targets.dto.js';
import { PauseTargetDto, RotateSecretDto, TargetTestDto } from './dto/target-actions.dto.js';
import { TargetDto, TargetListDto, TargetWithSecretDto } from './dto/target.dto.js';
import { UpdateTargetDto } from './dto/update-target.dto.js';
import { TargetAdministration } from './target-administration.js';
import { RowIdPipe } from '../row-id.pipe.js';
import {
  ApiCreateTarget,
  ApiGetTarget,
  ApiListTargets,
  ApiRemoveTarget,
  ApiRotateSecret,
  ApiTargetAction,
  ApiTestTarget,
  ApiUpdateTarget,
} from './target-operations.decorator.js';
import { TargetResponseInterceptor } from './target-response.interceptor.js';
import { TargetTest } from './target-test.js';

/** The targets of every resource, for administrators. */
@ApiTags('sync')
@Controller('sync/:resource/targets')
@UseInterceptors(TargetResponseInterceptor)
export class TargetController {
  constructor(
    private readonly targets: TargetAdministration,
    private readonly tests: TargetTest,
  ) {}

  @Get()
  @RequireScope('sync:admin')
  @ApiListTargets(
    {
      summary: 'List the targets of a resource',
      description: 'Those of an agency; with the scope platform:sync also those of all agencies together.',
    },
    TargetListDto,
  )
  async list(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Query() { agency }: ListTargetsDto,
  ): Promise<TargetListDto> {
    return { items: await this.targets.list(context, resource, agency) };
  }

  @Post()
  @RequireScope('sync:admin')
  @ApiCreateTarget(
    {
      summary: 'Make a target',
      description:
        'It gets all records there are, then every change. Its secret is in this answer and in no other.',
    },
    TargetWithSecretDto,
  )
  create(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Body() given: CreateTargetDto,
  ): Promise<TargetWithSecretDto> {
    return this.targets.create(context, resource, given);
  }

  @Get(':id')
  @RequireScope('sync:admin')
  @ApiGetTarget({ summary: 'Read a target' }, TargetDto)
  get(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('id', RowIdPipe) id: number,
  ): Promise<TargetDto> {
    return this.targets.get({ context, resource, id });
  }

  @Put(':id')
  @RequireScope('sync:admin')
  @ApiUpdateTarget(
    {
      summary: 'Change a target',
      description:
        'Members that are absent keep their value; null sets an optional one back; one that is named is replaced ' +
        'whole. Another filter (actions or condition) starts a resync, so that the target also gets what it did not get by the old one.',
    },
    TargetDto,
  )
  update(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('id', RowIdPipe) id: number,
    @Body() change: UpdateTargetDto,
    @IfMatch() accepted?: AcceptedVersions,
  ): Promise<TargetDto> {
    return this.targets.update({ context, resource, id, accepted }, change);
  }

  @Delete(':id')
  @RequireScope('sync:admin')
  @ApiRemoveTarget({
    summary: 'Delete a target',
    description:
      'What it did not get is not sent any more. This instance begins no request to it after this answer.',
  })
  remove(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('id', RowIdPipe) id: number,
    @IfMatch() accepted?: AcceptedVersions,
  ): Promise<void> {
    return this.targets.remove({ context, resource, id, accepted });
  }

  @Post(':id/pause')
  @RequireScope('sync:admin')
  @ApiTargetAction(
    { summary: 'Send a target nothing for the time being', description: 'Its changes are kept.' },
    TargetDto,
  )
  pause(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('id', RowIdPipe) id: number,
    @Body() { reason }: PauseTargetDto,
    @IfMatch() accepted?: AcceptedVersions,
  ): Promise<TargetDto> {
    return this.targets.pause({ context, resource, id, accepted }, reason);
  }

  @Post(':id/resume')
  @RequireScope('sync:admin')
  @ApiTargetAction(
    {
      summary: 'Send to a target again',
      description: 'To one that was paused, or that said that it is gone (410).',
    },
    TargetDto,
  )
  resume(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('id', RowIdPipe) id: number,
    @IfMatch() accepted?: AcceptedVersions,
  ): Promise<TargetDto> {
    return this.targets.resume({ context, resource, id, accepted });
  }

  @Post(':id/rotate-secret')
  @RequireScope('sync:admin')
  @ApiRotateSecret(
    {
      summary: 'Give a target a new secret',
      description:
        'Until the overlap is over its messages have two signatures, so that the receiver can change in between.',
    },
    TargetWithSecretDto,
  )
  rotateSecret(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('id', RowIdPipe) id: number,
    @Body() rotation: RotateSecretDto,
    @IfMatch() accepted?: AcceptedVersions,
  ): Promise<TargetWithSecretDto> {
    return this.targets.rotateSecret({ context, resource, id, accepted }, rotation);
  }

  @Post(':id/test')
  @RequireScope('sync:admin')
  @ApiTestTarget(
    {
      summary: 'Send a target a test message',
      description: 'A signed message of the type gov.hms.ping, which is about no record.',
    },
    TargetTestDto,
  )
  test(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('id', RowIdPipe) id: number,
  ): Promise<TargetTestDto> {
    return this.tests.run({ context, resource, id });
  }
}
