import type { Logger } from '@nestjs/common';
import type { BreakerStore } from './breaker-store.js';
import { failureClass } from './failure-class.js';
import { probeDelay } from './retry-schedule.js';
import type { Target } from '../targets/target.js';
import { type BreakerChange, TargetGate } from './target-gate.js';

/** Milliseconds for which what was read is taken to be true. */
const freshness = 1000;

interface Entry {
  readonly gate: TargetGate;
  target: Target;
}

/** The gates of all targets of one database, in step with the breakers that the database holds for all processes. */
export class TargetGates {
  private readonly entries = new Map<number, Entry>();
  private readAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: BreakerStore,
    private readonly log: Pick<Logger, 'warn' | 'log'>,
    /** Called when something was found out that {@link exchange} is to tell the others. */
    private readonly changed: () => void,
  ) {}

  of(target: Target): TargetGate {
    const known = this.entries.get(target.id);
    if (known) return known.gate;
    const gate = new TargetGate(target.concurrency, this.changed);
    this.entries.set(target.id, { gate, target });
    return gate;
  }

  /** Tells the other processes what this one found out, and learns once a second what they did. */
  async exchange(active: ReadonlyMap<number, Target>): Promise<void> {
    for (const target of active.values()) this.of(target);
    for (const [id, entry] of this.entries) {
      const target = active.get(id);
      entry.gate.active = target !== undefined;
      entry.target = target ?? entry.target;
      entry.gate.throttle.resize(entry.target.concurrency);
      await this.save(entry);
    }
    if (performance.now() - this.readAt < freshness) return;
    const rows = new Map((await this.store.read()).map((row) => [row.targetId, row]));
    this.readAt = performance.now();
    for (const [id, { gate }] of this.entries) gate.apply(rows.get(id));
    this.forgetEnded(active);
  }

  /** Makes the next {@link exchange} look at the breakers. */
  forget(): void {
    this.readAt = Number.NEGATIVE_INFINITY;
  }

  /** The targets to which this process now has the right to send one request, though their breaker is open. */
  async probes(targets: Iterable<Target>): Promise<Set<number>> {
    const probes = new Set<number>();
    for (const target of targets) {
      const gate = this.of(target);
      if (!gate.wantsProbe()) continue;
      gate.beginProbe(await this.store.beginProbe(target.id, target.timeout));
      if (gate.isProbing) probes.add(target.id);
    }
    return probes;
  }

  private async save({ gate, target }: Entry): Promise<void> {
    for (;;) {
      const [change] = gate.unsaved;
      if (!change) return;
      await this.saveOne(target, change);
      gate.unsaved.shift();
      // The clock of the database says when the next probe may be.
      this.forget();
    }
  }

  private async saveOne(target: Target, change: BreakerChange): Promise<void> {
    const { store, log } = this;
    const label = `Sync of ${target.resource.name} to ${target.name}`;
    if (change.kind === 'quiet') await store.keepQuiet(target.id, change.milliseconds);
    if (change.kind === 'probed')
      await store.endProbe(target.id, change.number, change.sent ? probeDelay(change.number) : null);
    if (change.kind === 'close') {
      const duration = await store.close(target.id);
      if (duration !== undefined)
        log.log(`${label}: takes changes again, after ${Math.round(duration / 1000)} seconds.`);
    }
    if (change.kind === 'trip' && (await store.trip(target.id, change)))
      log.warn(`${label}: ${tripMessage(change)}`);
  }

  /** A deleted target's id never comes back; a paused one loses nothing but a memory of failures. */
  private forgetEnded(active: ReadonlyMap<number, Target>): void {
    for (const [id, { gate }] of this.entries) if (!active.has(id) && gate.isIdle) this.entries.delete(id);
  }
}

function tripMessage({ state, failures, reason }: Extract<BreakerChange, { kind: 'trip' }>): string {
  const failed = `${failures} requests in a row failed, the last one with: ${reason}.`;
  if (state === 'disabled')
    return `${failed} The target says that it is gone, so it gets nothing until an administrator resumes it. Its changes are kept.`;
  const status = Number(/^HTTP (\d{3})$/.exec(reason)?.[1] ?? Number.NaN);
  const remedy =
    failureClass(Number.isNaN(status) ? null : status, reason) === 'misconfigured'
      ? ' It is misconfigured: check its address, secret and headers.'
      : '';
  return `${failed}${remedy} Its changes are kept; it gets one request every few seconds until it takes one.`;
}
