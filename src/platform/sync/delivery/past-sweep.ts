/** Milliseconds by which a look at the past may take longer than one at the present. */
const budget = 2;
/** Milliseconds that a look covers: at least, and those above which it covers all. */
const widths = { least: 1_000, most: 24 * 3_600_000 };
/** The next look is taken when so many times what the last one took have passed, within these milliseconds. */
const pauses = { times: 200, least: 100, most: 1_000 };
/** Milliseconds after whose beginning a sweep pauses no more, and after which one look covers all that is left of it. */
const patience = { pausing: 15_000, dividing: 60_000 };

/** From `start` on until before `end`, on the monotonic clock in milliseconds; -Infinity: from the beginning. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

/**
 * When which part of the past is looked at: again and again from the newest to the oldest. As long as that is cheap,
 * one look covers all, several times a second. While an old snapshot makes it dear ({@link LookBack}), each covers a
 * part, as long as fits the budget, so that none of them holds up what is due now. A sweep takes about a minute at
 * most.
 */
export class PastSweep {
  private begun = 0;
  private reached = Number.NEGATIVE_INFINITY;
  private width = Number.POSITIVE_INFINITY;
  /** The width with which the next sweep begins. */
  private nextWidth = Number.POSITIVE_INFINITY;
  private nextAt = 0;

  /**
   * The period to be looked at now; undefined: none yet.
   *
   * @param newest where a sweep begins; undefined: there is no past yet
   */
  next(newest: number | undefined, now: number): Period | undefined {
    const isEnded = this.reached === Number.NEGATIVE_INFINITY;
    const age = now - this.begun;
    if (now < this.nextAt && (isEnded || age < patience.pausing)) return undefined;
    if (isEnded) return newest === undefined ? undefined : this.first(newest, now);
    if (age >= patience.dividing) this.width = Number.POSITIVE_INFINITY;
    return { start: this.reached - this.width, end: this.reached };
  }

  /**
   * Notes that a period was looked at.
   *
   * @param took milliseconds
   * @param extra milliseconds that were due to its length: how much longer it took than a look at the present
   */
  note(period: Period, took: number, extra: number, now: number): void {
    this.reached = period.start;
    this.nextAt = now + Math.min(Math.max(pauses.times * took, pauses.least), pauses.most);
    if (extra < budget / 2) this.width = wider(this.width);
    if (extra <= budget) return;
    this.width = narrower(this.width);
    this.nextWidth = Math.min(this.nextWidth, this.width);
  }

  private first(newest: number, now: number): Period {
    this.begun = now;
    this.width = this.nextWidth;
    // Unless that turns out to be too much, the sweep after this one begins with more.
    this.nextWidth = wider(this.width);
    return { start: newest - this.width, end: newest };
  }
}

function narrower(width: number): number {
  return Math.max(Math.min(width, 2 * widths.most) / 2, widths.least);
}

function wider(width: number): number {
  return 2 * width > widths.most ? Number.POSITIVE_INFINITY : 2 * width;
}
