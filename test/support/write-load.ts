import type { AcknowledgedWrites } from './acknowledged-writes.js';
import type { Random } from './seed.js';

export interface WriteLoad {
  /** Services, of which each update goes to any. */
  readonly urls: readonly string[];
  readonly records: readonly string[];
  readonly writers: number;
  /** Of each writer. */
  readonly updates: number;
}

/** Updates chosen records of several writers at once, each writer one update after another. */
export async function writeLoad(
  writes: AcknowledgedWrites,
  random: Random,
  { urls, records, writers, updates }: WriteLoad,
): Promise<void> {
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let n = 0; n < updates; n += 1) await writes.update(any(random, urls), any(random, records));
    }),
  );
}

/** Ids of so many records. */
export function recordIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `p${index}`);
}

function any(random: Random, values: readonly string[]): string {
  return values[Math.floor(random() * values.length)] ?? '';
}
