/** Milliseconds over which the rate is averaged. */
const window = 100;
/** Per millisecond, from which on there is much to do. */
const highRate = 0.5;

/**
 * How long to gather work for one statement: a few milliseconds while there is little, so that nothing
 * waits, and longer while there is much, as a large batch costs the database far less than many small ones.
 */
export class BatchPace {
  /** Per millisecond, at the time of the last count. */
  private rate = 0;
  private countedAt = 0;

  /**
   * @param short milliseconds to gather while there is little to do
   * @param long milliseconds to gather at 500 pieces of work a second and above
   */
  constructor(
    private readonly short: number,
    private readonly long: number,
  ) {}

  /** So much work was done just now. */
  count(pieces: number, now: number = performance.now()): void {
    this.rate = this.rateAt(now) + pieces / window;
    this.countedAt = now;
  }

  /** Milliseconds for which to gather. */
  gathering(now: number = performance.now()): number {
    return this.rateAt(now) < highRate ? this.short : this.long;
  }

  private rateAt(now: number): number {
    return this.rate * Math.exp((this.countedAt - now) / window);
  }
}
