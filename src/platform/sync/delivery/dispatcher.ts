import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { DatabaseName } from '../../config/settings.js';
import { AcknowledgementQueue } from './acknowledgement-queue.js';
import type { AttemptLog } from './attempt-log.js';
import { BatchPace } from './batch-pace.js';
import type { BreakerStore } from './breaker-store.js';
import type { Claim, CursorStore } from './cursor-store.js';
import { Deliverer } from './deliverer.js';
import { type Found, LookBack } from './look-back.js';
import type { DeliveryClient } from './delivery-client.js';
import type { SyncObserver } from '../observation/sync-observer.js';
import type { Outage } from './outage.js';
import type { Solitude } from './solitude.js';
import type { Target } from '../targets/target.js';
import type { TargetRegistry } from '../targets/target-registry.js';
import { TargetGates } from './target-gates.js';
import { WakeUp } from './wake-up.js';

/** Milliseconds that deliveries under way get to end when the dispatcher stops. */
const drainTime = 10_000;
/** Milliseconds between two claims while changes come fast. */
const claimInterval = 15;

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
  private readonly pace = new BatchPace(0, claimInterval);
  private claimedAt = 0;
  private readonly lookBack = new LookBack();
  private readonly gates: TargetGates;
  private readonly acknowledgements: AcknowledgementQueue;
  private readonly deliverer: Deliverer;
  private stopping = false;
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: DispatcherParts,
    private readonly settings: DispatcherSettings,
  ) {
    const { database, cursors, outage, observer } = parts;
    const wake = (): void => this.wake();
    this.gates = new TargetGates(parts.breakers, parts.log, wake);
    this.acknowledgements = new AcknowledgementQueue(cursors, outage, {
      due: wake,
      lost: (count) => observer.leaseLost(database, count),
    });
    this.deliverer = new Deliverer(
      { ...parts, acknowledgements: this.acknowledgements },
      settings.lease,
      wake,
    );
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
    await within(drainTime, Promise.all([this.acknowledgements.empty(), this.parts.attempts.end()]));
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
      const early = this.claimedAt + this.pace.gathering() - performance.now();
      if (!this.stopping && early > 0) await pause(early);
    }
  }

  /** Claims what is due, as far as there are free slots, and begins to deliver it. */
  private async dispatch(): Promise<void> {
    const targets = new Map(this.parts.targets.active().map((target) => [target.id, target]));
    await this.gates.exchange(targets);
    const probes = await this.gates.probes(targets.values());
    const slots = new Map<number, number>([...probes].map((id) => [id, 1]));
    for (const [id, target] of targets) {
      const free = this.gates.of(target).free();
      if (free > 0) slots.set(id, free);
    }
    if (slots.size > 0) await this.claim(targets, slots, probes);
  }

  private async claim(
    targets: ReadonlyMap<number, Target>,
    slots: ReadonlyMap<number, number>,
    probes: ReadonlySet<number>,
  ): Promise<void> {
    const { cursors } = this.parts;
    // Taken before the claim, so that the lease ends here before it ends in the database.
    this.claimedAt = performance.now();
    const leaseEnds = this.claimedAt + this.settings.lease;
    this.lookBack.keep(targets);
    const looked = this.lookBack.of(slots.keys(), this.claimedAt);
    try {
      const claimed = await cursors.claim(slots, this.settings.lease, probes, looked);
      this.pace.count(claimed.length);
      const byTarget = Map.groupBy(claimed, ({ targetId }) => targetId);
      this.lookBack.note(foundBy(slots, byTarget), looked, this.claimedAt, performance.now());
      for (const [id, free] of slots) {
        const target = targets.get(id);
        const claims = byTarget.get(id) ?? [];
        if (!target) continue;
        const gate = this.gates.of(target);
        gate.throttle.backlog = claims.length === free;
        if (claims.length > 0)
          this.deliverer.begin({ target, gate, claims, asProbe: probes.has(id), leaseEnds });
        else gate.endProbe(false);
      }
    } catch (error) {
      for (const [id, target] of targets) if (probes.has(id)) this.gates.of(target).endProbe(false);
      throw error;
    }
  }
}

function foundBy(
  slots: ReadonlyMap<number, number>,
  claims: ReadonlyMap<number, readonly Claim[]>,
): ReadonlyMap<number, Found> {
  return new Map(
    [...slots].map(([target, free]) => [
      target,
      { free, dueFor: (claims.get(target) ?? []).map(({ dueFor }) => dueFor) },
    ]),
  );
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([
    work,
    pause(milliseconds, undefined, { signal: timer.signal, ref: false }).catch(() => {}),
  ]);
  timer.abort();
}
