import { LRUCache } from 'lru-cache';
import type { RateLimit } from '../../config/settings.js';

/** Keys that are counted at once. */
const capacity = 20_000;

/** How a key stands after a request. */
export interface Allowance {
  /** Requests that it has left in its window; below 0: the request was one too many. */
  readonly left: number;
  /** Seconds until the window ends, 1 at least. */
  readonly seconds: number;
}

interface Window {
  left: number;
  /** In milliseconds. */
  readonly end: number;
}

/**
 * Counts requests by key, in windows that begin with a key's first request. At most 20,000 keys, about 4 MB: of
 * more than that, those that were silent for the longest begin anew.
 */
export class RequestCounter {
  private readonly windows = new LRUCache<string, Window>({ max: capacity });

  /** @param now milliseconds of a clock that does not go back */
  constructor(
    private readonly limit: RateLimit,
    private readonly now: () => number = () => performance.now(),
  ) {}

  count(key: string): Allowance {
    const now = this.now();
    let window = this.windows.get(key);
    if (window === undefined || window.end <= now) {
      window = { left: this.limit.requests, end: now + this.limit.window * 1000 };
      this.windows.set(key, window);
    }
    window.left -= 1;
    return { left: window.left, seconds: Math.max(1, Math.ceil((window.end - now) / 1000)) };
  }
}
