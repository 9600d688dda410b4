import { Controller, Get, HttpCode, Inject, Param, Post, Query, Res, type Type } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { IfMatch } from '../../http/if-match.decorator.js';
import { positiveInteger } from '../../http/openapi/parameter-schemas.js';
import { historyToken, recordsToken } from '../inject-records.decorator.js';
import type { AcceptedVersions } from '../../http/precondition.js';
import type { RecordDocument } from '../record-document.js';
import { RecordIdPipe } from '../record-id.pipe.js';
import { PageQueryDto } from '../../http/paging/page-query.dto.js';
import { ApiGetVersion, ApiRecordId, ApiRestoreRecord } from '../record-operations.decorator.js';
import type { RecordStore } from '../record-store.js';
import type { Resource } from '../resource.js';
import type { VersionedRecord } from '../versioned-record.entity.js';
import type { RecordHistory } from './record-history.js';
import { VersionDiffDto, VersionPageDto } from './version.dto.js';
import { VersionNumberPipe } from './version-number.pipe.js';
import { DiffQueryDto } from './diff-query.dto.js';

/** A version never changes, so whoever may see it may keep it. */
const immutable = 'private, max-age=31536000, immutable';

const versionParameter = ApiParam({
  name: 'version',
  description: 'Number of the version.',
  schema: { ...positiveInteger, example: 2 },
});

const notUnique = 'Another record has a value that only one may have.';

const removedResponse = ApiResponse({
  status: 410,
  description: 'The version has been removed under a retention rule.',
});

/**
 * The history routes of a resource. They are the same for every resource, so no module writes them; made
 * anew for each, since path, scopes and documentation are fixed when a controller class is defined.
 */
export function historyControllerOf({ name, type, path, entity, document }: Resource): Type {
  @ApiTags(name)
  @Controller(`${path}/:id`)
  class HistoryController {
    constructor(
      @Inject(historyToken(entity)) private readonly history: RecordHistory,
      @Inject(recordsToken(entity)) private readonly records: RecordStore<VersionedRecord>,
    ) {}

    @Get('versions')
    @RequireScope(`${name}:read`)
    @ApiOperation({
      summary: `List the versions of a ${type}, deleted or not`,
      operationId: `${type}.listVersions`,
    })
    @ApiRecordId
    @ApiOkResponse({ type: VersionPageDto, description: 'A page of versions, newest first.' })
    listVersions(
      @Context() context: RequestContext,
      @Param('id', RecordIdPipe) id: string,
      @Query() query: PageQueryDto,
    ): Promise<VersionPageDto> {
      return this.history.versions(context, id, query);
    }

    @Get('versions/:version')
    @RequireScope(`${name}:read`)
    @ApiGetVersion(`Read a version of a ${type}`, document)
    @versionParameter
    async getVersion(
      @Context() context: RequestContext,
      @Param('id', RecordIdPipe) id: string,
      @Param('version', VersionNumberPipe) version: number,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<RecordDocument> {
      const found = await this.history.version(context, id, version);
      reply.header('Cache-Control', immutable);
      return found;
    }

    @Get('versions/:version/diff')
    @RequireScope(`${name}:read`)
    @ApiOperation({ summary: `Compare two versions of a ${type}` })
    @ApiRecordId
    @ApiOkResponse({ type: VersionDiffDto, description: 'What differs.' })
    @removedResponse
    @versionParameter
    diffVersions(
      @Context() context: RequestContext,
      @Param('id', RecordIdPipe) id: string,
      @Param('version', VersionNumberPipe) version: number,
      @Query() { against }: DiffQueryDto,
    ): Promise<VersionDiffDto> {
      return this.history.diff(context, id, version, against ?? version - 1);
    }

    @Post('versions/:version/restore')
    @HttpCode(200)
    @RequireScope(`${name}:write`)
    @ApiRestoreRecord(`Give a ${type} the content of one of its versions`, document, notUnique)
    @removedResponse
    @versionParameter
    restoreVersion(
      @Context() context: RequestContext,
      @Param('id', RecordIdPipe) id: string,
      @Param('version', VersionNumberPipe) version: number,
      @IfMatch() accepted?: AcceptedVersions,
    ): Promise<RecordDocument> {
      return this.records.restoreVersion(context, id, version, accepted);
    }

    @Post('restore')
    @HttpCode(200)
    @RequireScope(`${name}:write`)
    @ApiRestoreRecord(`Let a deleted ${type} live again`, document, `The record is not deleted. ${notUnique}`)
    restore(
      @Context() context: RequestContext,
      @Param('id', RecordIdPipe) id: string,
      @IfMatch() accepted?: AcceptedVersions,
    ): Promise<RecordDocument> {
      return this.records.restore(context, id, accepted);
    }
  }
  Object.defineProperty(HistoryController, 'name', { value: `${entity.name}HistoryController` });
  return HistoryController;
}
