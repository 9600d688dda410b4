/** A sleep that can be cut short. A call of {@link now} while nobody sleeps makes the next sleep end at once. */
export class WakeUp {
  private wanted = false;
  private end: (() => void) | undefined;

  now(): void {
    this.wanted = true;
    this.end?.();
  }

  /**
   * Sleeps for so many milliseconds, or until {@link now} is called.
   *
   * @returns whether it was
   */
  async sleep(milliseconds: number): Promise<boolean> {
    if (!this.wanted)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    const woken = this.wanted;
    this.end = undefined;
    this.wanted = false;
    return woken;
  }
}
