import type { BreakerRow, BreakerState, Trip } from './breaker-store.js';
import type { Answer } from './delivery-client.js';
import { failureClass } from './failure-class.js';
import { FailureRun } from './failure-run.js';
import { outageDelay, retryDelay } from './retry-schedule.js';
import { TargetThrottle } from './target-throttle.js';

/** Counted attempts after which a record is a dead letter: if the answer was about the record, and if not. */
const attemptLimit = { record: 8, other: 20 };

/** Records whose last failure is remembered. */
const memory = 10_000;

/** Something that this process has found out, and the others are to know. */
export type BreakerChange =
  | ({ readonly kind: 'trip'; readonly failures: number } & Trip)
  | { readonly kind: 'close' }
  | { readonly kind: 'quiet'; readonly milliseconds: number }
  | { readonly kind: 'probed'; readonly number: number; readonly sent: boolean };

/** What follows from a failed attempt for the record. */
export interface Consequence {
  /** Attempts that count against the record. */
  readonly attempts: number;
  /** Milliseconds until the next attempt. */
  readonly retryIn: number;
  /** It was the last attempt: the record is a dead letter. */
  readonly dead: boolean;
}

/**
 * Decides what this process may send to one target now, and what follows from its answers (ADR 10).
 *
 * A failure counts against the record if the answer was about the record, or if the target took other
 * records since this one failed before; never while the breaker is open. So an outage of any length counts
 * nothing. Failures in a row of different records open the breaker; the conclusion is told to the other
 * processes by `TargetGates`, and what they concluded is learned from there.
 */
export class TargetGate {
  readonly throttle: TargetThrottle;
  /** In the order in which it was found out; written down by `TargetGates`. */
  readonly unsaved: BreakerChange[] = [];
  /** The target may be sent to at all: it is neither paused nor deleted. */
  active = true;

  private state: BreakerState = 'closed';
  /** When a probe may be asked for; on the monotonic clock, as is {@link quietUntil}. */
  private probeAt = Number.POSITIVE_INFINITY;
  private quietUntil = 0;
  /** Number of the probe that this process sends. */
  private probe: number | undefined;
  private readonly run = new FailureRun();
  private readonly goneRun = new FailureRun();
  private successes = 0;
  /** By cursor: how many successes there had been when it failed last. */
  private readonly lastFailures = new Map<string, number>();

  constructor(
    concurrency: number,
    /** Called when there is something unsaved. */
    private readonly changed: () => void,
  ) {
    this.throttle = new TargetThrottle(concurrency);
  }

  /** How many records may be claimed now, beside a probe. */
  free(now: number = performance.now()): number {
    return this.isPassable(now) ? this.throttle.free() : 0;
  }

  /**
   * Whether something may be sent now: asked again after a wait, since the target may have gone down meanwhile.
   *
   * @param asProbe an open breaker lets it through
   */
  lets(asProbe: boolean, now: number = performance.now()): boolean {
    return asProbe && this.state === 'open' ? this.active && now >= this.quietUntil : this.isPassable(now);
  }

  /** Whether it is time to ask for a probe. */
  wantsProbe(now: number = performance.now()): boolean {
    const ready = this.state === 'open' && this.probe === undefined && this.unsaved.length === 0;
    return ready && this.active && now >= Math.max(this.probeAt, this.quietUntil);
  }

  /** @param number of the probe; undefined: another process has it, or nothing is due */
  beginProbe(number: number | undefined): void {
    this.probe = number;
    if (number === undefined) this.probeAt = performance.now() + 1_000;
  }

  get isProbing(): boolean {
    return this.probe !== undefined;
  }

  /** Whether nothing would be lost with it. */
  get isIdle(): boolean {
    return this.throttle.isIdle && this.probe === undefined && this.unsaved.length === 0;
  }

  /** @param sent whether there was a request */
  endProbe(sent: boolean): void {
    if (this.probe === undefined) return;
    this.tell({ kind: 'probed', number: this.probe, sent });
    this.probe = undefined;
  }

  succeeded(cursor: string): void {
    this.lastFailures.delete(cursor);
    this.forgive();
    this.throttle.widen();
    if (this.state !== 'open') return;
    this.state = 'closed';
    this.tell({ kind: 'close' });
  }

  /**
   * @param cursor which record's delivery failed
   * @param attempts that counted against this version before
   */
  failed(
    cursor: string,
    attempts: number,
    { status, error, retryAfter = 0 }: Pick<Answer, 'status' | 'error' | 'retryAfter'>,
  ): Consequence {
    if (retryAfter > 0) return this.keepQuiet(attempts, retryAfter);
    const kind = failureClass(status, error);
    const counts = this.state === 'closed' && (kind === 'record' || this.tookOthersSince(cursor));
    this.remember(cursor);
    this.run.add(cursor);
    if (kind === 'gone') this.goneRun.add(cursor);
    else this.goneRun.reset();
    this.conclude(error ?? 'no reason known');
    if (!counts) return { attempts, retryIn: outageDelay(this.run.failures), dead: false };
    return countedFailure(attempts, kind === 'record' ? attemptLimit.record : attemptLimit.other);
  }

  /** Takes over what the database says, which does not yet hold what is {@link unsaved}. */
  apply(row: BreakerRow | undefined, now: number = performance.now()): void {
    if (this.unsaved.length > 0) return;
    const state = row?.state ?? 'closed';
    const isBack = state === 'closed' && this.state !== 'closed';
    this.state = state;
    this.probeAt = row?.probeIn == null ? Number.POSITIVE_INFINITY : now + row.probeIn;
    const quietUntil = row && row.quietFor > 0 ? now + row.quietFor : 0;
    if (isBack || quietUntil > 0) this.throttle.narrow();
    this.quietUntil = quietUntil;
    if (isBack) this.forgive();
  }

  /** It takes something: the failures before were not its own. */
  private forgive(): void {
    this.successes += 1;
    this.run.reset();
    this.goneRun.reset();
  }

  private isPassable(now: number): boolean {
    return this.active && this.state === 'closed' && now >= this.quietUntil;
  }

  private keepQuiet(attempts: number, milliseconds: number): Consequence {
    const until = performance.now() + milliseconds;
    this.throttle.narrow();
    // Of many requests that are answered so at once, the others need to hear of one.
    if (until > this.quietUntil + 100) this.tell({ kind: 'quiet', milliseconds });
    this.quietUntil = Math.max(this.quietUntil, until);
    return { attempts, retryIn: milliseconds, dead: false };
  }

  private conclude(reason: string): void {
    const { failures, since } = this.run;
    if (this.goneRun.blamesTarget && this.state !== 'disabled')
      this.trip({ state: 'disabled', reason, age: performance.now() - this.goneRun.since }, failures);
    else if (this.run.blamesTarget && this.state === 'closed')
      this.trip({ state: 'open', reason, age: performance.now() - since }, failures);
  }

  private trip(trip: Trip, failures: number): void {
    this.state = trip.state;
    this.probeAt = Number.POSITIVE_INFINITY;
    this.throttle.narrow();
    this.tell({ kind: 'trip', failures, ...trip });
  }

  private tell(change: BreakerChange): void {
    this.unsaved.push(change);
    this.changed();
  }

  private tookOthersSince(cursor: string): boolean {
    const before = this.lastFailures.get(cursor);
    return before !== undefined && before < this.successes;
  }

  private remember(cursor: string): void {
    // Put at the end, so that the first is the one that failed longest ago.
    this.lastFailures.delete(cursor);
    this.lastFailures.set(cursor, this.successes);
    const [oldest] = this.lastFailures.keys();
    if (this.lastFailures.size > memory && oldest !== undefined) this.lastFailures.delete(oldest);
  }
}

/** What follows when no message can be made of a record, which says nothing of the target. */
export function unsendable(attempts: number): Consequence {
  return countedFailure(attempts, attemptLimit.record);
}

function countedFailure(before: number, limit: number): Consequence {
  const attempts = before + 1;
  return { attempts, retryIn: retryDelay(attempts), dead: attempts >= limit };
}
