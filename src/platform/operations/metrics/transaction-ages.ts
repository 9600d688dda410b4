/** A transaction that is open. */
export interface OpenTransaction {
  /** Its virtual id, which no other one has while the server runs. */
  readonly id: string;
  /** For how many seconds it has been open; 0 where the login may not see that. */
  readonly seconds: number;
}

/**
 * How long transactions have been open, as far as one process knows. A login is told when its own began; of
 * those of others it sees only that they are there, so this remembers since when.
 */
export class TransactionAges {
  private firstSeen = new Map<string, number>();

  /**
   * @param open all that are open now
   * @returns the age of the oldest in seconds, at least; 0 where none is open
   */
  oldest(open: readonly OpenTransaction[], now: number = performance.now()): number {
    this.firstSeen = new Map(open.map(({ id }) => [id, this.firstSeen.get(id) ?? now]));
    const ages = open.map(({ id, seconds }) =>
      Math.max(seconds, (now - (this.firstSeen.get(id) ?? now)) / 1000),
    );
    return Math.max(0, ...ages);
  }
}
