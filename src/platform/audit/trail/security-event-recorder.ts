import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type SecurityEvent, SecurityEvents } from '../../auth/security-events.js';
import { DatabaseAddresses } from '../../database/database-addresses.js';
import { type AuditedResource, auditedResources } from './audited-resource.js';
import { EventLimiter } from './event-limiter.js';
import { eventRow, type SecurityEventRow, summaryRow } from './security-event-row.js';
import { SecurityEventWriter } from './security-event-writer.js';

/**
 * Keeps the security events of the service in PolicyDB. A request never waits for it and never fails by it.
 * What is too much ({@link EventLimiter}), or finds the queue full, is counted, and written as one summary
 * for each action and agency when the minute is over or the service stops.
 */
@Injectable()
export class SecurityEventRecorder implements OnApplicationShutdown {
  private readonly limiter = new EventLimiter();
  private readonly writer: SecurityEventWriter;
  private readonly unsubscribe: () => void;
  private summary: NodeJS.Timeout | undefined;

  constructor(
    addresses: DatabaseAddresses,
    events: SecurityEvents,
    @Inject(auditedResources) private readonly resources: readonly AuditedResource[],
  ) {
    this.writer = new SecurityEventWriter(addresses.policy.url, new Logger('Audit'));
    this.unsubscribe = events.subscribe((event) => this.keep(event));
  }

  private keep(event: SecurityEvent): void {
    const now = Date.now();
    if (this.limiter.admit(event, now)) {
      if (this.writer.enqueue(eventRow(event, this.resources, now))) return;
      this.limiter.suppress(event, now);
    }
    this.scheduleSummary();
  }

  private scheduleSummary(): void {
    this.summary ??= setTimeout(() => {
      this.summary = undefined;
      this.limiter.takeSummaries((summary) => this.writer.enqueue(summaryRow(summary)));
      if (this.limiter.hasSummaries) this.scheduleSummary();
    }, this.limiter.window).unref();
  }

  /** Nest calls this after the HTTP server has ended, so the events of the last requests are written too. */
  async onApplicationShutdown(): Promise<void> {
    this.unsubscribe();
    clearTimeout(this.summary);
    const summaries: SecurityEventRow[] = [];
    this.limiter.takeSummaries((summary) => summaries.push(summaryRow(summary)) > 0);
    await this.writer.stop(summaries);
  }
}
