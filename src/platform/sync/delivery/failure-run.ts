/** Failures in a row, of two records at least, after which they are blamed on the target. */
const patience = 5;

/** Failures of a target with no success between them. */
export class FailureRun {
  failures = 0;
  /** When the first of them came, on the monotonic clock. */
  since = 0;
  private firstRecord: string | undefined;
  private several = false;

  add(cursor: string): void {
    if (this.failures === 0) this.since = performance.now();
    this.failures += 1;
    this.firstRecord ??= cursor;
    this.several ||= this.firstRecord !== cursor;
  }

  reset(): void {
    this.failures = 0;
    this.firstRecord = undefined;
    this.several = false;
  }

  /** Whether it is the target that fails: one record alone, however often refused, does not say so. */
  get blamesTarget(): boolean {
    return this.several && this.failures >= patience;
  }
}
