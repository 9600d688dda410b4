import type { Logger } from '@nestjs/common';
import { messageOf } from '../../database/error-details.js';
import type { Target } from '../targets/target.js';
import { BatchPace } from './batch-pace.js';
import type { CursorStore, DueWindow } from './cursor-store.js';
import type { ClaimBatch } from './deliverer.js';
import { type Found, LookBack, windowOf } from './look-back.js';
import type { TargetGates } from './target-gates.js';

/** Milliseconds between two claims while changes come fast. */
const claimInterval = 15;

const none: ReadonlySet<number> = new Set();

export interface ClaimerParts {
  readonly cursors: Pick<CursorStore, 'claim'>;
  readonly gates: Pick<TargetGates, 'of'>;
  /** Begins to deliver what was claimed. */
  readonly begin: (batch: ClaimBatch) => void;
  readonly log: Pick<Logger, 'warn'>;
}

/** Claims what is due, as far as targets have free slots: of the past now and then, and of the present. */
export class Claimer {
  private readonly pace = new BatchPace(0, claimInterval);
  private readonly lookBack = new LookBack();
  private claimedAt = 0;

  constructor(
    private readonly parts: ClaimerParts,
    /** Milliseconds that a claim lasts. */
    private readonly lease: number,
  ) {}

  /** Milliseconds for which the next claim is to wait, so that changes that come fast are claimed together. */
  get gathering(): number {
    return this.claimedAt + this.pace.gathering() - performance.now();
  }

  /** @param probes targets that get one request though their breaker is open */
  async claim(targets: ReadonlyMap<number, Target>, probes: ReadonlySet<number>): Promise<void> {
    this.lookBack.keep(targets);
    const past = await this.claimPast(targets);
    const took = await this.claimPresent(targets, probes);
    past?.(took);
  }

  /**
   * The past comes first, as what is due longest is in it. That it fails, perhaps since it takes too long, keeps
   * nobody from the present.
   *
   * @returns notes what came of it, given how many milliseconds a look at the present takes; undefined: it was not
   *   time for it, or no target has slots
   */
  private async claimPast(
    targets: ReadonlyMap<number, Target>,
  ): Promise<((present: number | undefined) => void) | undefined> {
    const begun = performance.now();
    const free = this.freeSlots(targets.values());
    const periods = this.lookBack.past(free.keys(), begun);
    if (periods.size === 0) return undefined;
    const slots = new Map([...periods.keys()].map((id) => [id, free.get(id) ?? 0]));
    const windows = new Map([...periods].map(([id, period]) => [id, windowOf(period, begun)]));
    try {
      const found = await this.take(targets, slots, none, windows);
      const took = performance.now() - begun;
      return (present) => {
        const extra = present === undefined ? undefined : took - present;
        this.lookBack.notePast(found, periods, { begun, took, extra });
      };
    } catch (error) {
      // Not where the present fails as well: then it says nothing of the past.
      return () => {
        this.lookBack.pastFailed(periods, performance.now());
        this.parts.log.warn(
          `Looking for changes that became due some time ago failed: ${messageOf(error)}. It is tried again with less of that time.`,
        );
      };
    }
  }

  /** @returns how many milliseconds it took; undefined: no target has slots */
  private async claimPresent(
    targets: ReadonlyMap<number, Target>,
    probes: ReadonlySet<number>,
  ): Promise<number | undefined> {
    const begun = performance.now();
    const slots = this.freeSlots(targets.values());
    // What a probe is for may be due for long: it looks at everything.
    const windows = this.lookBack.present(slots.keys(), begun);
    for (const id of probes) slots.set(id, 1);
    if (slots.size === 0) return undefined;
    this.lookBack.notePresent(await this.take(targets, slots, probes, windows), begun);
    return performance.now() - begun;
  }

  private freeSlots(targets: Iterable<Target>): Map<number, number> {
    const slots = new Map<number, number>();
    for (const target of targets) {
      const free = this.parts.gates.of(target).free();
      if (free > 0) slots.set(target.id, free);
    }
    return slots;
  }

  private async take(
    targets: ReadonlyMap<number, Target>,
    slots: ReadonlyMap<number, number>,
    probes: ReadonlySet<number>,
    windows: ReadonlyMap<number, DueWindow>,
  ): Promise<ReadonlyMap<number, Found>> {
    // Taken before the claim, so that the lease ends here before it ends in the database.
    this.claimedAt = performance.now();
    const leaseEnds = this.claimedAt + this.lease;
    const claimed = await this.parts.cursors.claim(slots, this.lease, probes, windows);
    this.pace.count(claimed.length);
    const byTarget = Map.groupBy(claimed, ({ targetId }) => targetId);
    const found = new Map<number, Found>();
    for (const [id, free] of slots) {
      const target = targets.get(id);
      const claims = byTarget.get(id) ?? [];
      found.set(id, { free, dueFor: claims.map(({ dueFor }) => dueFor) });
      if (!target) continue;
      const gate = this.parts.gates.of(target);
      gate.throttle.backlog = claims.length === free;
      if (claims.length > 0) this.parts.begin({ target, gate, claims, asProbe: probes.has(id), leaseEnds });
      else if (probes.has(id)) gate.endProbe(false);
    }
    return found;
  }
}
