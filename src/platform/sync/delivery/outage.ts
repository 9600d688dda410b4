import type { Logger } from '@nestjs/common';
import { messageOf } from '../../database/error-details.js';

const shortest = 100;
const longest = 5_000;

/** What to do about work on a database that fails: say so once, and wait longer and longer. */
export class Outage {
  private failures = 0;

  constructor(
    /** What cannot be done, such as `use the database policy`. */
    private readonly work: string,
    private readonly log: Pick<Logger, 'error' | 'log'>,
  ) {}

  /** @returns milliseconds to wait: 100 ms at first, up to 5 s, ±20 % */
  failed(error: unknown): number {
    if (this.failures === 0)
      this.log.error(`Sync cannot ${this.work}, and keeps trying: ${messageOf(error)}`);
    const delay = Math.min(shortest * 2 ** Math.min(this.failures, 10), longest);
    this.failures += 1;
    return delay * (0.8 + 0.4 * Math.random());
  }

  /** It succeeded. */
  over(): void {
    if (this.failures === 0) return;
    this.failures = 0;
    this.log.log(`Sync can ${this.work} again.`);
  }
}
