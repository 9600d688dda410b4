import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ReadinessService } from './readiness.service.js';

/** What operators and orchestrators ask of a running service. Needs `DatabaseAddresses` to be global. */
@Module({ imports: [MetricsModule], controllers: [HealthController], providers: [ReadinessService] })
export class OperationsModule {}
