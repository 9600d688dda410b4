import { Controller, Get, Header, Inject, Param, type Type } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { syncStatusToken } from '../inject-records.decorator.js';
import { RecordIdPipe } from '../record-id.pipe.js';
import { ApiRecordId } from '../record-operations.decorator.js';
import type { Resource } from '../resource.js';
import type { RecordSyncStatus } from './record-sync-status.js';
import { SyncStatusDto } from './sync-status.dto.js';

/** The route that tells how far the external systems are with a record; made anew for each resource. */
export function syncStatusControllerOf({ name, type, path, entity }: Resource): Type {
  @ApiTags(name)
  @Controller(`${path}/:id/sync`)
  class SyncStatusController {
    constructor(@Inject(syncStatusToken(entity)) private readonly status: RecordSyncStatus) {}

    @Get()
    @RequireScope(`${name}:read`)
    @Header('Cache-Control', 'no-store')
    @ApiOperation({
      summary: `Tell which external systems have which version of a ${type}`,
      operationId: `${type}.syncStatus`,
    })
    @ApiRecordId
    @ApiOkResponse({ type: SyncStatusDto, description: 'How far they are.' })
    read(@Context() context: RequestContext, @Param('id', RecordIdPipe) id: string): Promise<SyncStatusDto> {
      return this.status.read(context, id);
    }
  }
  Object.defineProperty(SyncStatusController, 'name', { value: `${entity.name}SyncStatusController` });
  return SyncStatusController;
}
