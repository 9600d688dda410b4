/** Records claimed for each that is being delivered, so that the next is at hand when one is done. */
const ahead = 4;

/**
 * How many deliveries of one target may be under way in this process, and how many records may wait for
 * their turn. After {@link narrow} it starts slowly: 1 at once, and with each success 2, 4, 8, … up to what
 * the target is configured for.
 */
export class TargetThrottle {
  /** There was as much due as there were slots: when one gets free, there is more to claim. */
  backlog = false;

  private claimed = 0;
  private underWay = 0;
  private staying = 0;
  private readonly waiting: (() => void)[] = [];
  private limit: number;

  /** @param concurrency deliveries under way at once at a target that works */
  constructor(private concurrency: number) {
    this.limit = concurrency;
  }

  /**
   * How many records may be claimed now. None while more than half of those claimed still wait: a few large
   * claims cost the database much less than many small ones.
   */
  free(): number {
    if (this.limit < this.concurrency) return Math.max(0, this.limit - this.claimed);
    return this.claimed > (this.limit * ahead) / 2 ? 0 : this.limit * ahead - this.claimed;
  }

  /** Whether nothing is claimed. */
  get isIdle(): boolean {
    return this.claimed === 0;
  }

  /** So many records were claimed; each takes its {@link turn}, and then leaves. */
  take(records: number): void {
    this.claimed += records;
  }

  /** Waits for the turn of a claimed record; to be followed by {@link leave}. */
  async turn(): Promise<void> {
    if (this.underWay < this.limit) this.underWay += 1;
    else
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
  }

  leave(): void {
    this.claimed -= 1;
    this.underWay -= 1;
    this.admit();
  }

  /**
   * Asks whether a delivery may keep its turn for more versions of its record; to be followed by {@link stayed}.
   * While others wait, a quarter of the places at most may be kept, so that records with many versions hold up
   * no others.
   */
  stay(): boolean {
    if (this.waiting.length > 0 && this.staying >= Math.max(1, Math.floor(this.limit / 4))) return false;
    this.staying += 1;
    return true;
  }

  stayed(): void {
    this.staying -= 1;
  }

  /** Lets one delivery at a time through. */
  narrow(): void {
    this.limit = 1;
  }

  /** Lets twice as many through as before. */
  widen(): void {
    this.limit = Math.min(this.concurrency, this.limit * 2);
    this.admit();
  }

  /** Takes another number of deliveries at once for that of a target that works. */
  resize(concurrency: number): void {
    if (concurrency === this.concurrency) return;
    this.limit = this.limit < this.concurrency ? Math.min(this.limit, concurrency) : concurrency;
    this.concurrency = concurrency;
    this.admit();
  }

  private admit(): void {
    while (this.underWay < this.limit && this.waiting.length > 0) {
      this.underWay += 1;
      this.waiting.shift()?.();
    }
  }
}
