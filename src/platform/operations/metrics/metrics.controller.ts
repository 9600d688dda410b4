import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../auth/public.decorator.js';
import { Unlimited } from '../../auth/unlimited.decorator.js';
import { MetricsAccessGuard } from './metrics-access.guard.js';
import { MetricsService } from './metrics.service.js';

/** What Prometheus asks. Public as far as the issuer's tokens go: it has an access rule of its own. */
@ApiTags('metrics')
@Public()
@Unlimited()
@UseGuards(MetricsAccessGuard)
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @Get()
  @ApiOperation({
    summary: 'Read the metrics',
    description:
      'In the text format of Prometheus. With METRICS_TOKEN set, send it as a bearer token; without, they ' +
      'are open to the same machine, and in production to nobody.',
  })
  @ApiProduces('text/plain')
  @ApiOkResponse({
    description: 'The metrics.',
    content: {
      'text/plain': { schema: { type: 'string' }, example: 'hms_database_up{database="policy"} 1\n' },
    },
  })
  @ApiResponse({ status: 401, description: 'Not the METRICS_TOKEN.' })
  @ApiResponse({ status: 404, description: 'The metrics are not open to you.' })
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const text = await this.metrics.text();
    reply.header('Cache-Control', 'no-store').type(this.metrics.contentType);
    return text;
  }
}
