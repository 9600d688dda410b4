import { Counter, Histogram, type Registry } from '@prometheus-io/client';
import type { DatabaseName } from '../../config/settings.js';
import type { Attempt, SyncObserver } from '../../sync/observation/sync-observer.js';
import { type TargetLabel, targetLabelNames, targetLabels } from './target-labels.js';

/** What this process's delivery does. */
export class SyncMetrics implements SyncObserver {
  private readonly attempts: Counter<TargetLabel | 'answer'>;
  private readonly attemptDuration: Histogram<TargetLabel>;
  private readonly acknowledgeDelay: Histogram<TargetLabel>;
  private readonly claims: Counter<'database'>;
  private readonly claimDuration: Histogram<'database'>;
  private readonly fences: Counter<'database'>;
  private readonly lostLeases: Counter<'database'>;
  private readonly wakeUps: Counter<'database' | 'source'>;

  constructor(register: Registry) {
    const registers = [register];
    this.attempts = new Counter({
      name: 'hms_sync_attempts_total',
      help: 'Requests to a target, by the class of its answer.',
      labelNames: [...targetLabelNames, 'answer'],
      registers,
    });
    this.attemptDuration = new Histogram({
      name: 'hms_sync_attempt_duration_seconds',
      help: 'Time that a request to a target took, from connecting to the end of the answer.',
      labelNames: targetLabelNames,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    });
    this.acknowledgeDelay = new Histogram({
      name: 'hms_sync_commit_to_acknowledge_seconds',
      help: 'Age of a change when its target acknowledged it; a replay or a new target counts old changes too.',
      labelNames: targetLabelNames,
      buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 3600],
      registers,
    });
    this.claims = new Counter({
      name: 'hms_sync_claims_total',
      help: 'Cursors that this process has claimed.',
      labelNames: ['database'],
      registers,
    });
    this.claimDuration = new Histogram({
      name: 'hms_sync_claim_duration_seconds',
      help: 'Time that a claim statement took.',
      labelNames: ['database'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    });
    this.fences = new Counter({
      name: 'hms_sync_fenced_acknowledgements_total',
      help: 'Acknowledgements that changed nothing, since the claim had been taken over or the target deleted.',
      labelNames: ['database'],
      registers,
    });
    this.lostLeases = new Counter({
      name: 'hms_sync_leases_lost_total',
      help: 'Acknowledgements that could not be written before their lease was over; the change is sent again.',
      labelNames: ['database'],
      registers,
    });
    this.wakeUps = new Counter({
      name: 'hms_sync_wakeups_total',
      help: 'Turns of a dispatcher, by what began them: a signal that there is work, or the time to look.',
      labelNames: ['database', 'source'],
      registers,
    });
  }

  attempted({ target, answer, seconds, secondsSinceChange }: Attempt): void {
    const labels = targetLabels({ ...target, resource: target.resource.name });
    this.attempts.inc({ ...labels, answer });
    this.attemptDuration.observe(labels, seconds);
    if (secondsSinceChange !== undefined) this.acknowledgeDelay.observe(labels, secondsSinceChange);
  }

  claimed(database: DatabaseName, count: number, seconds: number): void {
    this.claims.inc({ database }, count);
    this.claimDuration.observe({ database }, seconds);
  }

  fenced(database: DatabaseName, count: number): void {
    this.fences.inc({ database }, count);
  }

  leaseLost(database: DatabaseName, count: number): void {
    this.lostLeases.inc({ database }, count);
  }

  turned(database: DatabaseName, source: 'signal' | 'poll'): void {
    this.wakeUps.inc({ database, source });
  }
}
