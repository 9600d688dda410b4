import { setTimeout as pause } from 'node:timers/promises';

/** Waits for some work, and so many milliseconds at most. Whatever it comes to is the work's own business. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([
    work,
    pause(milliseconds, undefined, { signal: timer.signal, ref: false }).catch(() => {}),
  ]);
  timer.abort();
}
