import { Body, Controller, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblem } from '../../http/openapi/api-problem.decorator.js';
import { problemExample } from '../../http/openapi/problem-schema.js';
import type { RequestContext } from '../../auth/request-context.js';
import { Context } from '../../auth/request-context.decorator.js';
import { RequireScope } from '../../auth/require-scope.decorator.js';
import { positiveInteger } from '../../http/openapi/parameter-schemas.js';
import { validationFailed } from '../../http/validation.js';
import { ResourceParam } from '../resource-param.decorator.js';
import { RowIdPipe } from '../row-id.pipe.js';
import type { SyncedResource } from '../synced-resource.js';
import { SyncedResourcePipe } from '../synced-resource.pipe.js';
import { ReplayDto, SyncJobDto, SyncJobListDto } from './sync-job.dto.js';
import { SyncJobs } from './sync-jobs.js';

const adminScope = 'sync:admin';
const conflict = ApiProblem(409, 'The target has a job under way, or was paused for too long.', [
  problemExample('job-under-way', 'Wait until the job of this target has ended, or cancel it.'),
]);
const started = ApiAcceptedResponse({ type: SyncJobDto, description: 'The job, which goes on by itself.' });
const jobParameter = ApiParam({
  name: 'job',
  description: 'Id of the job.',
  schema: { ...positiveInteger, example: 7 },
});

/** What can be done with all records of a target. Callers see the targets of their agency; more with `platform:sync`. */
@ApiTags('sync')
@ResourceParam
@ApiParam({
  name: 'target',
  description: 'Id of the target.',
  schema: { ...positiveInteger, example: 1 },
})
@Controller('sync/:resource/targets/:target')
export class SyncJobsController {
  constructor(private readonly jobs: SyncJobs) {}

  @Post('resync')
  @HttpCode(202)
  @RequireScope(adminScope)
  @ApiOperation({
    summary: 'Send a target the newest version of every record',
    description:
      'Deleted records included, whatever the target had before. The messages carry hms-resync: true. Changes that ' +
      'are made meanwhile are sent as ever.',
  })
  @started
  @conflict
  resync(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('target', RowIdPipe) target: number,
  ): Promise<SyncJobDto> {
    return this.jobs.resync(context, resource, target);
  }

  @Post('replay')
  @HttpCode(202)
  @RequireScope(adminScope)
  @ApiOperation({
    summary: 'Send a target again what it had before',
    description:
      'Each record is set back to before the first version that is wanted, so its versions come again in order, with ' +
      'the message ids that they had. Records that are held stay held.',
  })
  @started
  @conflict
  replay(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('target', RowIdPipe) target: number,
    @Body() request: ReplayDto,
  ): Promise<SyncJobDto> {
    refuseUnclear(request);
    return this.jobs.replay(context, resource, target, request);
  }

  @Get('jobs')
  @RequireScope(adminScope)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'List the jobs of a target' })
  @ApiOkResponse({ type: SyncJobListDto, description: 'The jobs.' })
  async list(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('target', RowIdPipe) target: number,
  ): Promise<SyncJobListDto> {
    return { items: await this.jobs.list(context, resource, target) };
  }

  @Get('jobs/:job')
  @RequireScope(adminScope)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Read how far a job is' })
  @jobParameter
  @ApiOkResponse({ type: SyncJobDto, description: 'The job.' })
  read(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('target', RowIdPipe) target: number,
    @Param('job', RowIdPipe) job: number,
  ): Promise<SyncJobDto> {
    return this.jobs.read(context, resource, target, job);
  }

  @Post('jobs/:job/cancel')
  @HttpCode(200)
  @RequireScope(adminScope)
  @ApiOperation({
    summary: 'End a job',
    description: 'What it has marked by then is still sent. A job that has ended stays as it is.',
  })
  @jobParameter
  @ApiOkResponse({ type: SyncJobDto, description: 'The job as it is now.' })
  cancel(
    @Context() context: RequestContext,
    @Param('resource', SyncedResourcePipe) resource: SyncedResource,
    @Param('target', RowIdPipe) target: number,
    @Param('job', RowIdPipe) job: number,
  ): Promise<SyncJobDto> {
    return this.jobs.cancel(context, resource, target, job);
  }
}

/** @throws {ProblemError} `validation-failed` where it is not clear what is to be sent again */
function refuseUnclear({ since, sinceVersion, recordId, agency }: ReplayDto): void {
  if (Boolean(since) === Boolean(sinceVersion))
    throw validationFailed([{ pointer: '', detail: 'Must have either since or sinceVersion.' }]);
  if (recordId) return;
  if (sinceVersion)
    throw validationFailed([
      { pointer: '/recordId', detail: 'This member is missing: sinceVersion is of one record.' },
    ]);
  if (agency)
    throw validationFailed([
      { pointer: '/agency', detail: 'Must go with recordId; leave it out otherwise.' },
    ]);
}
