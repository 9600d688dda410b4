import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { databaseNames } from '../config/settings.js';
import { Public } from '../auth/public.decorator.js';
import { Unlimited } from '../auth/unlimited.decorator.js';
import { SyncService } from '../sync/sync.service.js';
import { type Readiness, ReadinessService } from './readiness.service.js';

const liveSchema = {
  type: 'object',
  required: ['status'],
  properties: { status: { type: 'string', enum: ['ok', 'stuck'] } },
};
const answered = { type: 'string', enum: ['ok', 'no answer'] };
const readySchema = {
  type: 'object',
  required: ['status'],
  properties: {
    status: { type: 'string', enum: ['ok', 'draining', 'unavailable'] },
    databases: {
      type: 'object',
      description: 'Absent while it shuts down.',
      required: [...databaseNames],
      properties: Object.fromEntries(databaseNames.map((name) => [name, answered])),
    },
  },
};

/** Milliseconds after which a turn of a dispatcher, which takes seconds at most, counts as stuck. */
const stuckAfter = 60_000;

/** Tells an orchestrator whether the process runs and whether it should get requests. */
@ApiTags('health')
@Public()
@Unlimited()
@Controller('health')
export class HealthController {
  constructor(
    private readonly readiness: ReadinessService,
    private readonly sync: SyncService,
  ) {}

  @Get('live')
  @ApiOperation({
    summary: 'Whether the process works',
    description:
      'It does while it answers and its dispatchers look for changes to deliver. If not, restart it.',
  })
  @ApiOkResponse({ description: 'It does.', schema: { ...liveSchema, example: { status: 'ok' } } })
  @ApiServiceUnavailableResponse({
    description: 'A dispatcher is stuck.',
    content: { 'application/json': { schema: liveSchema, example: { status: 'stuck' } } },
  })
  live(@Res({ passthrough: true }) reply: FastifyReply): { status: 'ok' | 'stuck' } {
    const stuck = [...this.sync.idleTimes().values()].some((idle) => idle > stuckAfter);
    reply.header('Cache-Control', 'no-store').code(stuck ? 503 : 200);
    return { status: stuck ? 'stuck' : 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    summary: 'Whether the service can take requests',
    description: 'It can while both databases answer within a second and it is not shutting down.',
  })
  @ApiOkResponse({
    description: 'It can.',
    schema: { ...readySchema, example: { status: 'ok', databases: { policy: 'ok', market: 'ok' } } },
  })
  @ApiServiceUnavailableResponse({
    description: 'It cannot.',
    content: {
      'application/json': {
        schema: readySchema,
        example: { status: 'unavailable', databases: { policy: 'ok', market: 'no answer' } },
      },
    },
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const readiness = await this.readiness.check();
    reply.header('Cache-Control', 'no-store').code(readiness.status === 'ok' ? 200 : 503);
    return readiness;
  }
}
