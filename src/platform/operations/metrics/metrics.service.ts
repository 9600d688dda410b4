import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../../config/settings.js';
import { DatabaseAddresses } from '../../database/database-addresses.js';
import { DatabaseMetrics } from './database-metrics.js';
import { MetricsRegistry } from './metrics-registry.js';
import { nodeMetrics } from './node-metrics.js';
import { ProcessMetrics } from './process-metrics.js';

/** Tells everything that is measured, in the text format of Prometheus. */
@Injectable()
export class MetricsService implements OnApplicationShutdown {
  private readonly databases: DatabaseMetrics;

  constructor(
    private readonly registry: MetricsRegistry,
    private readonly process: ProcessMetrics,
    addresses: DatabaseAddresses,
    { role }: Settings,
  ) {
    this.databases = new DatabaseMetrics(registry.register, addresses);
    registry.role.set({ role }, 1);
  }

  get contentType(): string {
    return this.registry.register.contentType;
  }

  /** Takes a second at most, whether the databases answer or not. */
  async text(): Promise<string> {
    await this.databases.collect();
    this.process.collect();
    return (await nodeMetrics().metrics()) + (await this.registry.register.metrics());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.databases.end();
  }
}
