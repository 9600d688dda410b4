import type { DueWindow } from './cursor-store.js';
import type { Period } from './past-sweep.js';

/** Milliseconds by which a look goes back behind one that found an end: a change is seen when its transaction ends. */
const margin = 5_000;
/** Milliseconds by which it goes back behind one that took all it could, as statements are not begun at once. */
const slack = 1_000;

/** What a claim found of a target. */
export interface Found {
  /** How many milliseconds before the look each became due. */
  readonly dueFor: readonly number[];
  /** How many it could have taken. */
  readonly free: number;
}

/**
 * How far back in time the claims of a dispatcher look for what is due. While some transaction holds an old snapshot,
 * PostgreSQL cannot remove the index entries of what was delivered since, and a look at everything passes over each
 * of them: it takes longer and longer. What is due is taken in the order of time, so the next look can begin where the
 * last one ended, at the target's floor. What becomes due behind the floor (a transaction that took longer than the
 * {@link margin}, the end of a lease, a row that was locked) is left to looks at the past (`PastSweep`).
 */
export class LookBack {
  /** By target, on the monotonic clock. */
  private readonly floors = new Map<number, number>();

  /** The newest floor of all targets; undefined: there is no past yet. */
  get newestFloor(): number | undefined {
    return this.floors.size === 0 ? undefined : Math.max(...this.floors.values());
  }

  /** What a look for what is due covers, for each target; of one that is not there: everything. */
  present(targets: Iterable<number>, now: number): ReadonlyMap<number, DueWindow> {
    const windows = new Map<number, DueWindow>();
    for (const target of targets) {
      const floor = this.floors.get(target);
      if (floor !== undefined) windows.set(target, { from: now - floor, to: 0 });
    }
    return windows;
  }

  /** What a look at a period of the past covers, for each target of which some of it is behind the floor. */
  past(targets: Iterable<number>, period: Period, now: number): ReadonlyMap<number, DueWindow> {
    const windows = new Map<number, DueWindow>();
    for (const target of targets) {
      const end = Math.min(period.end, this.floors.get(target) ?? Number.NEGATIVE_INFINITY);
      if (end > period.start) windows.set(target, { from: now - period.start, to: now - end });
    }
    return windows;
  }

  /** Notes what a look at the {@link present} found that was begun then. */
  notePresent(found: ReadonlyMap<number, Found>, begun: number): void {
    for (const [target, { dueFor, free }] of found) {
      // It may have been left out, as its breaker is not closed; and what nobody claims leaves nothing behind.
      if (dueFor.length === 0) continue;
      this.floors.set(target, begun - (dueFor.length < free ? margin : Math.min(...dueFor) + slack));
    }
  }

  /** Notes what a look at the {@link past} found: where it took all it could, the present begins there again. */
  notePast(found: ReadonlyMap<number, Found>, begun: number): void {
    for (const [target, { dueFor, free }] of found)
      if (dueFor.length === free) this.floors.set(target, begun - (Math.min(...dueFor) + slack));
  }

  /** Forgets targets that are not there any more. */
  keep(targets: { has(target: number): boolean }): void {
    for (const target of this.floors.keys()) if (!targets.has(target)) this.floors.delete(target);
  }
}
