import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { DatabaseName } from '../../config/settings.js';
import { AcknowledgementQueue } from './acknowledgement-queue.js';
import { Acquittals } from './acquittals.js';
import type { AttemptLog } from './attempt-log.js';
import type { BreakerStore } from './breaker-store.js';
import { Claimer } from './claimer.js';
import type { CursorStore } from './cursor-store.js';
import { type ClaimBatch, Deliverer } from './deliverer.js';
import type { DeliveryClient } from './delivery-client.js';
import type { SyncObserver } from '../observation/sync-observer.js';
import type { Outage } from './outage.js';
import type { Solitude } from './solitude.js';
import type { TargetRegistry } from '../targets/target-registry.js';
import { TargetGates } from './target-gates.js';
import { WakeUp } from './wake-up.js';
import { within } from './within.js';

/** Milliseconds that deliveries under way get to end when the dispatcher stops. */
const drainTime = 10_000;

export interface DispatcherSettings {
  /** Milliseconds that a claim lasts. */
  readonly lease: number;
  /** Milliseconds between two looks for what is due, at most, when nothing says that there is something. */
  readonly pollInterval: number;
}

export interface DispatcherParts {
  readonly database: DatabaseName;
  readonly cursors: CursorStore;
  readonly breakers: BreakerStore;
  readonly attempts: AttemptLog;
  readonly targets: TargetRegistry;
  readonly client: Pick<DeliveryClient, 'post'>;
  readonly solitude: Solitude;
  readonly observer: Pick<SyncObserver, 'turned' | 'leaseLost'>;
  readonly outage: Outage;
  readonly log: Pick<Logger, 'error' | 'warn' | 'log'>;
}

/**
 * Delivers the changes of one database. Any number of dispatchers may work on the same database.
 *
 * - Every committed change is sent at least once to every target that wants it, and the versions of a record
 *   in order: version n+1 is first sent after n was accepted. Different records are sent in parallel.
 * - A record is claimed for the time of a lease, and no request is begun that could outlast it. A process
 *   that dies needs no cleaning up: its leases run out.
 * - It never ends by itself, whatever the database or the targets do.
 * - What it holds in memory is bounded: for each target, four times its `concurrency` records, each with
 *   256 KB of versions and one more.
 */
export class Dispatcher {
  /** When the loop last began a turn, on the monotonic clock; a turn takes seconds at most. */
  lastTick = performance.now();

  private readonly wakeUp = new WakeUp();
  private readonly gates: TargetGates;
  private readonly acknowledgements: AcknowledgementQueue;
  private readonly acquittals: Acquittals;
  private readonly deliverer: Deliverer;
  private readonly claimer: Claimer;
  private stopping = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: DispatcherParts,
    private readonly settings: DispatcherSettings,
  ) {
    const { database, cursors, outage, observer } = parts;
    const wake = (): void => this.wake();
    this.gates = new TargetGates(parts.breakers, parts.log, wake);
    this.acquittals = new Acquittals(cursors);
    this.acknowledgements = new AcknowledgementQueue(cursors, this.acquittals, outage, {
      due: wake,
      lost: (count) => observer.leaseLost(database, count),
    });
    this.deliverer = new Deliverer(
      { ...parts, acknowledgements: this.acknowledgements, acquittals: this.acquittals },
      settings.lease,
      wake,
    );
    const begin = (batch: ClaimBatch): void => this.deliverer.begin(batch);
    this.claimer = new Claimer({ cursors, gates: this.gates, begin, log: parts.log }, settings.lease);
  }

  /** Looks at once for what is due. */
  wake(): void {
    this.wakeUp.now();
  }

  start(): void {
    this.loop = this.run();
  }

  /** Claims no more, lets deliveries under way end, writes down how far each got, and gives the rest back. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    this.deliverer.stop();
    await this.loop;
    await within(drainTime, this.deliverer.ended());
    this.deliverer.abandon();
    await within(drainTime, Promise.all([this.writeAcknowledgements(), this.parts.attempts.end()]));
  }

  private async writeAcknowledgements(): Promise<void> {
    await this.acknowledgements.empty();
    await this.acquittals.tell().catch((error: unknown) => this.parts.outage.failed(error));
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.lastTick = performance.now();
      let delay = this.settings.pollInterval * (0.5 + 0.5 * Math.random());
      try {
        await this.parts.targets.refresh();
        await this.dispatch();
        this.parts.outage.over();
      } catch (error) {
        delay = this.parts.outage.failed(error);
      }
      if (!this.stopping) {
        const woken = await this.wakeUp.sleep(delay);
        this.parts.observer.turned(this.parts.database, woken ? 'signal' : 'poll');
      }
      const { gathering } = this.claimer;
      if (!this.stopping && gathering > 0) await pause(gathering);
    }
  }

  /** Claims what is due, as far as there are free slots, and begins to deliver it. */
  private async dispatch(): Promise<void> {
    await this.acquittals.tell();
    const targets = new Map(this.parts.targets.active().map((target) => [target.id, target]));
    await this.gates.exchange(targets);
    const probes = await this.gates.probes(targets.values());
    try {
      await this.claimer.claim(targets, probes);
    } catch (error) {
      for (const [id, target] of targets) if (probes.has(id)) this.gates.of(target).endProbe(false);
      throw error;
    }
  }
}
