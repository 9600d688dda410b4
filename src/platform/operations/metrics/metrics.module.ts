import { Global, Module } from '@nestjs/common';
import { SyncObserver } from '../../sync/observation/sync-observer.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsRegistry } from './metrics-registry.js';
import { MetricsService } from './metrics.service.js';
import { ProcessMetrics } from './process-metrics.js';

/** Measures the application. Global, since the parts that are measured do not import it. */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [
    MetricsRegistry,
    MetricsService,
    ProcessMetrics,
    {
      provide: SyncObserver,
      inject: [MetricsRegistry],
      useFactory: ({ sync }: MetricsRegistry): SyncObserver => sync,
    },
  ],
  exports: [SyncObserver],
})
export class MetricsModule {}
