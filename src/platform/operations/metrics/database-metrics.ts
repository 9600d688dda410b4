import { Gauge, type Registry } from '@prometheus-io/client';
import { type DatabaseName, databaseNames } from '../../config/settings.js';
import { DatabaseProbe } from './database-probe.js';
import type { DatabaseReading, TargetReading } from './database-reading.js';
import { type TargetLabel, targetLabelNames, targetLabels } from './target-labels.js';

const breakerStates = { closed: 0, open: 1, disabled: 2 } as const;

/**
 * What the databases say, for all processes alike but for the skew of their clocks: it is read when it is asked for.
 * Of a database that does not answer there is `hms_database_up` 0, and nothing else.
 */
export class DatabaseMetrics {
  private readonly probes: Readonly<Record<DatabaseName, DatabaseProbe>>;
  private readonly up: Gauge<'database'>;
  private readonly oldestTransaction: Gauge<'database'>;
  private readonly clockSkew: Gauge<'database'>;
  private readonly oldestUndelivered: Gauge<TargetLabel>;
  private readonly cursors: Gauge<TargetLabel | 'state'>;
  private readonly breaker: Gauge<TargetLabel>;
  private readonly paused: Gauge<TargetLabel>;

  constructor(register: Registry, addresses: Readonly<Record<DatabaseName, { readonly url: string }>>) {
    this.probes = {
      policy: new DatabaseProbe(addresses.policy.url),
      market: new DatabaseProbe(addresses.market.url),
    };
    const registers = [register];
    const labelNames = targetLabelNames;
    this.up = new Gauge({
      name: 'hms_database_up',
      help: 'Whether the database answered within a second.',
      labelNames: ['database'],
      registers,
    });
    this.oldestTransaction = new Gauge({
      name: 'hms_database_oldest_transaction_seconds',
      help: 'How long the oldest open transaction has been open, at least: vacuum and the pull feed wait for its end.',
      labelNames: ['database'],
      registers,
    });
    this.clockSkew = new Gauge({
      name: 'hms_clock_skew_seconds',
      help: 'How far the clock of this process is ahead of that of the database; negative: behind.',
      labelNames: ['database'],
      registers,
    });
    this.oldestUndelivered = new Gauge({
      name: 'hms_sync_oldest_undelivered_seconds',
      help: 'Age of the oldest change that a target has not got yet, held records aside.',
      labelNames,
      registers,
    });
    this.cursors = new Gauge({
      name: 'hms_sync_cursors',
      help: 'Records of a target that are due, back off after a failure, or are held; 10000 stands for as many or more.',
      labelNames: [...labelNames, 'state'],
      registers,
    });
    this.breaker = new Gauge({
      name: 'hms_sync_breaker_state',
      help: 'Breaker of a target: 0 closed, 1 open (it gets one request at a time), 2 disabled (it said that it is gone).',
      labelNames,
      registers,
    });
    this.paused = new Gauge({
      name: 'hms_sync_target_paused',
      help: 'Whether a target is paused.',
      labelNames,
      registers,
    });
  }

  /** Brings the gauges up to date. Takes a second at most. */
  async collect(): Promise<void> {
    const readings = await Promise.all(
      databaseNames.map(async (database) => ({ database, reading: await this.probes[database].read() })),
    );
    // From here on nothing waits, so that no other scrape sees the gauges half filled.
    for (const gauge of [
      this.oldestTransaction,
      this.clockSkew,
      this.oldestUndelivered,
      this.cursors,
      this.breaker,
      this.paused,
    ])
      gauge.reset();
    for (const { database, reading } of readings) this.show(database, reading);
  }

  async end(): Promise<void> {
    await Promise.all(Object.values(this.probes).map((probe) => probe.end()));
  }

  private show(database: DatabaseName, reading: DatabaseReading | undefined): void {
    this.up.set({ database }, reading ? 1 : 0);
    if (!reading) return;
    this.oldestTransaction.set({ database }, reading.oldestTransaction);
    this.clockSkew.set({ database }, reading.clockSkew);
    for (const target of reading.targets) this.showTarget(target);
  }

  private showTarget(target: TargetReading): void {
    const labels = targetLabels(target);
    this.oldestUndelivered.set(labels, target.oldest);
    this.cursors.set({ ...labels, state: 'due' }, target.due);
    this.cursors.set({ ...labels, state: 'backing-off' }, target.backingOff);
    this.cursors.set({ ...labels, state: 'held' }, target.held);
    this.breaker.set(labels, breakerStates[target.breaker]);
    this.paused.set(labels, target.paused ? 1 : 0);
  }
}
