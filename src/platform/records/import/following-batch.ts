import { setTimeout as pause } from 'node:timers/promises';
import { codeOf } from '../../database/error-details.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import type { WriteOutcome } from '../bulk/record-write.js';

/** Milliseconds for which a batch that is done waits for the one before it. That one may be waiting for a lock of it. */
const patience = 1_000;
/** SQLSTATEs of what may come of two batches at once: a lock that was not had in time, and a deadlock. */
const lockFailures: ReadonlySet<unknown> = new Set(['55P03', '40P01']);

type Outcomes = readonly WriteOutcome[];

/** Writes a batch in a transaction. What `confirm` throws of the outcomes undoes it. */
export type BatchWrite = (confirm: (outcomes: Outcomes) => Outcomes | Promise<Outcomes>) => Promise<Outcomes>;

/**
 * Writes a batch to the same end as if it began when the one before it had ended, but begins at once, so that two
 * sessions of the database work. It is committed after the other. It is undone, and written again after the other,
 * where it may matter that it began early:
 *
 * - something was refused: the other may make what it refers to, or give away the code that it wants;
 * - a lock kept one of the two from going on.
 *
 * @param predecessor resolves when the batch before is committed; if it fails, nothing is written
 * @throws what the predecessor fails with
 */
export async function writeFollowing(predecessor: Promise<void>, write: BatchWrite): Promise<Outcomes> {
  if (await endsWithin(0, predecessor)) return write((outcomes) => outcomes);
  try {
    return await write(async (outcomes) => {
      if (outcomes.some((outcome) => outcome instanceof ProblemError)) throw new BegunTooEarly();
      if (!(await endsWithin(patience, predecessor))) throw new BegunTooEarly();
      return outcomes;
    });
  } catch (error) {
    await predecessor;
    if (!(error instanceof BegunTooEarly) && !lockFailures.has(codeOf(error))) throw error;
    return write((outcomes) => outcomes);
  }
}

class BegunTooEarly extends Error {}

async function endsWithin(milliseconds: number, work: Promise<void>): Promise<boolean> {
  const timer = new AbortController();
  const late = pause(milliseconds, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer.abort();
  }
}
