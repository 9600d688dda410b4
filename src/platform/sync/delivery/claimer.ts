import type { Target } from '../targets/target.js';
import { BatchPace } from './batch-pace.js';
import type { CursorStore, DueWindow } from './cursor-store.js';
import type { ClaimBatch } from './deliverer.js';
import { type Found, LookBack } from './look-back.js';
import { PastSweep, type Period } from './past-sweep.js';
import type { TargetGates } from './target-gates.js';

/** Milliseconds between two claims while changes come fast. */
const claimInterval = 15;

const none: ReadonlySet<number> = new Set();

export interface ClaimerParts {
  readonly cursors: Pick<CursorStore, 'claim'>;
  readonly gates: TargetGates;
  /** Begins to deliver what was claimed. */
  readonly begin: (batch: ClaimBatch) => void;
}

/** Claims what is due, as far as targets have free slots: of the past now and then, and of the present. */
export class Claimer {
  private readonly pace = new BatchPace(0, claimInterval);
  private readonly lookBack = new LookBack();
  private readonly sweep = new PastSweep();
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
    if (past) this.sweep.note(past.period, past.took, past.took - took, performance.now());
  }

  /** @returns of which period, and how many milliseconds that took; undefined: it is not time for it yet */
  private async claimPast(
    targets: ReadonlyMap<number, Target>,
  ): Promise<{ readonly period: Period; readonly took: number } | undefined> {
    const begun = performance.now();
    const period = this.sweep.next(this.lookBack.newestFloor, begun);
    if (!period) return undefined;
    const windows = this.lookBack.past(targets.keys(), period, begun);
    const slots = this.freeSlots([...windows.keys()].flatMap((id) => targets.get(id) ?? []));
    this.lookBack.notePast(await this.take(targets, slots, none, windows), begun);
    return { period, took: performance.now() - begun };
  }

  /** @returns how many milliseconds it took */
  private async claimPresent(
    targets: ReadonlyMap<number, Target>,
    probes: ReadonlySet<number>,
  ): Promise<number> {
    const begun = performance.now();
    const slots = this.freeSlots(targets.values());
    for (const id of probes) slots.set(id, 1);
    const windows = this.lookBack.present(slots.keys(), begun);
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
    if (slots.size === 0) return new Map();
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
