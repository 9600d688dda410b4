import type { DueWindow } from './cursor-store.js';
import { type Period, PastSweep } from './past-sweep.js';

/** Milliseconds by which a look goes back behind one that found an end: a change is seen when its transaction ends. */
const margin = 5_000;
/** Milliseconds by which it goes back behind one that took all it could, as statements are not begun at once. */
const slack = 1_000;
/** The next look at the past is taken when so many times what the last one took have passed, within these milliseconds. */
const pauses = { times: 200, least: 100, most: 1_000 };

/** What a claim found of a target. */
export interface Found {
  /** How many milliseconds before the look each became due. */
  readonly dueFor: readonly number[];
  /** How many it could have taken. */
  readonly free: number;
}

/** How long a look at the past took, in milliseconds. */
interface PastLook {
  /** On the monotonic clock. */
  readonly begun: number;
  readonly took: number;
  /** How much longer than a look at the present; undefined: not known. */
  readonly extra: number | undefined;
}

/** What is known of a target. Times are on the monotonic clock. */
interface Progress {
  /** Since when all that was due has been taken. */
  floor: number;
  readonly sweep: PastSweep;
}

/**
 * How far back in time the claims of a dispatcher look for what is due. While some transaction holds an old snapshot,
 * PostgreSQL cannot remove the index entries of what was delivered since, and a look at everything passes over each
 * of them: it takes longer and longer. What is due is taken in the order of time, so the next look can begin where the
 * last one ended, at the target's floor.
 *
 * What becomes due behind the floor (a transaction that took longer than the {@link margin}, the end of a lease, a row
 * that was locked) is found by looks at the past: at all of it, every second at least, as long as that is cheap, and
 * else a part at a time ({@link PastSweep}).
 */
export class LookBack {
  private readonly targets = new Map<number, Progress>();
  private nextPastAt = 0;

  /** What a look for what is due covers, for each target; of one that is not there: everything. */
  present(targets: Iterable<number>, now: number): ReadonlyMap<number, DueWindow> {
    const windows = new Map<number, DueWindow>();
    for (const target of targets) {
      const known = this.targets.get(target);
      if (known) windows.set(target, { from: now - known.floor, to: 0 });
    }
    return windows;
  }

  /** The parts of the past that are to be looked at now, for those of the targets whose time it is. */
  past(targets: Iterable<number>, now: number): ReadonlyMap<number, Period> {
    const periods = new Map<number, Period>();
    for (const target of targets) {
      const known = this.targets.get(target);
      if (known && (now >= this.nextPastAt || known.sweep.isLate(now)))
        periods.set(target, known.sweep.next(known.floor, now));
    }
    return periods;
  }

  /** Notes what a look at the {@link present} found that was begun then. */
  notePresent(found: ReadonlyMap<number, Found>, begun: number): void {
    for (const [target, { dueFor, free }] of found) {
      // Also where it was left out, as its breaker is not closed: looks at the past then find what it waits for.
      const floor = begun - (dueFor.length < free ? margin : Math.min(...dueFor) + slack);
      const known = this.targets.get(target);
      if (known) known.floor = floor;
      else this.targets.set(target, { floor, sweep: new PastSweep() });
    }
  }

  /**
   * Notes what a look at the {@link past} found that was begun then. Where it took all it could, the present begins
   * there again.
   */
  notePast(
    found: ReadonlyMap<number, Found>,
    periods: ReadonlyMap<number, Period>,
    { begun, took, extra }: PastLook,
  ): void {
    const now = begun + took;
    this.nextPastAt = now + Math.min(Math.max(pauses.times * took, pauses.least), pauses.most);
    for (const [target, period] of periods) {
      const known = this.targets.get(target);
      const { dueFor = [], free = 1 } = found.get(target) ?? {};
      known?.sweep.looked(period, extra, now);
      if (known && dueFor.length === free)
        known.floor = Math.min(known.floor, begun - (Math.min(...dueFor) + slack));
    }
  }

  /** Notes that a look at the past failed. */
  pastFailed(periods: ReadonlyMap<number, Period>, now: number): void {
    this.nextPastAt = now + pauses.most;
    for (const target of periods.keys()) this.targets.get(target)?.sweep.failed();
  }

  /** Forgets targets that are not there any more. */
  keep(targets: { has(target: number): boolean }): void {
    for (const target of this.targets.keys()) if (!targets.has(target)) this.targets.delete(target);
  }
}

/** What a period is for the database. */
export function windowOf({ start, end }: Period, now: number): DueWindow {
  return { from: now - start, to: now - end };
}
