/**
 * Lets work run together with other work, or alone: a record that may end the process is delivered alone, so
 * that no other is blamed. One for the whole process, whatever the number of its databases.
 */
export class Solitude {
  private running = 0;
  /** Pending while some work is alone, or waits to be. */
  private alone: Promise<void> | undefined;
  private emptied: (() => void) | undefined;

  async together<T>(work: () => Promise<T>): Promise<T> {
    while (this.alone) await this.alone;
    this.running += 1;
    try {
      return await work();
    } finally {
      this.running -= 1;
      if (this.running === 0) this.emptied?.();
    }
  }

  async onItsOwn<T>(work: () => Promise<T>): Promise<T> {
    while (this.alone) await this.alone;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.alone = promise;
    try {
      if (this.running > 0)
        await new Promise<void>((empty) => {
          this.emptied = empty;
        });
      this.emptied = undefined;
      return await work();
    } finally {
      this.alone = undefined;
      resolve();
    }
  }
}
