import { setTimeout as pause } from 'node:timers/promises';

/** What some work comes to; undefined if it fails, or takes longer than so many milliseconds. Never rejects. */
export async function answerWithin<Result>(
  milliseconds: number,
  work: Promise<Result>,
): Promise<Result | undefined> {
  const timer = new AbortController();
  const late = pause(milliseconds, undefined, { signal: timer.signal, ref: false });
  try {
    return await Promise.race([work, late]);
  } catch {
    return undefined;
  } finally {
    late.catch(() => undefined);
    timer.abort();
  }
}
