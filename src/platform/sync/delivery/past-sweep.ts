/** Milliseconds by which a look at the past may take longer than one at the present, at the beginning of a sweep. */
const budget = 2;
/** Milliseconds of a sweep after which it is late, and in which the budget doubles from then on. */
const patience = 15_000;
/** Milliseconds that a look covers: at least, and those above which it covers all. */
const widths = { least: 1_000, most: 24 * 3_600_000 };

/** From `start` on until before `end`, on the monotonic clock in milliseconds; -Infinity: from the beginning. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

/**
 * Which part of a target's past is looked at next: again and again from the newest to the oldest. As long as that is
 * cheap, one look covers all. While an old snapshot makes it dear (`LookBack`), each covers a part, as long as fits the
 * budget, so that none of them holds up for long what is due now.
 */
export class PastSweep {
  private begun = 0;
  private reached = Number.NEGATIVE_INFINITY;
  private width = Number.POSITIVE_INFINITY;
  /** The width with which the next sweep begins. */
  private nextWidth = Number.POSITIVE_INFINITY;

  /** @param floor where the target's past ends, and a sweep begins */
  next(floor: number, now: number): Period {
    if (this.isEnded) {
      this.begun = now;
      this.reached = floor;
      this.width = this.nextWidth;
      // Unless that turns out to be too much, the sweep after this one begins with more.
      this.nextWidth = wider(this.width);
    }
    const end = Math.min(this.reached, floor);
    return { start: end - this.width, end };
  }

  /** Whether it has taken so long that it should not pause. */
  isLate(now: number): boolean {
    return !this.isEnded && now - this.begun > patience;
  }

  /**
   * Notes that a period was looked at.
   *
   * @param extra milliseconds that it took longer than a look at the present; undefined: not known
   */
  looked({ start }: Period, extra: number | undefined, now: number): void {
    const allowed = budget * 2 ** Math.max(0, (now - this.begun) / patience - 1);
    this.reached = start;
    if (extra === undefined) return;
    if (extra > allowed) this.narrow();
    else if (extra < allowed / 2) this.width = wider(this.width);
  }

  /** Notes that a look failed, perhaps since it took too long: the next is at less of the same. */
  failed(): void {
    this.narrow();
  }

  private get isEnded(): boolean {
    return this.reached === Number.NEGATIVE_INFINITY;
  }

  private narrow(): void {
    this.width = Math.max(Math.min(this.width, 2 * widths.most) / 2, widths.least);
    this.nextWidth = Math.min(this.nextWidth, this.width);
  }
}

function wider(width: number): number {
  return 2 * width > widths.most ? Number.POSITIVE_INFINITY : 2 * width;
}
