import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from '@prometheus-io/client';
import { RequestDurations } from './request-durations.js';
import { SyncMetrics } from './sync-metrics.js';

/** The metrics that the parts of the application add to while they work. */
@Injectable()
export class MetricsRegistry {
  readonly register = new Registry();
  readonly requests = new RequestDurations(this.register);
  readonly sync = new SyncMetrics(this.register);
  readonly role = new Gauge({
    name: 'hms_info',
    help: 'Always 1; the label is the role of this process.',
    labelNames: ['role'],
    registers: [this.register],
  });
}
