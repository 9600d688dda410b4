const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * Pause after the first, second, … failed attempt at a version, in milliseconds; the last one goes on for
 * ever. The first are short, since most failures pass: a receiver that fails every third request at random
 * now and then fails the same record four times in a row. Sparing a target that is down is not their
 * business but that of its breaker.
 */
const pauses = [
  second / 4,
  second / 2,
  second,
  2 * second,
  5 * second,
  10 * second,
  30 * second,
  2 * minute,
  10 * minute,
  30 * minute,
  hour,
] as const;

/** Longest time for which a target is left alone that asks for it. */
export const longestPause = hour;

/** Longest pause while nothing says that it is the record, not the target, that fails. */
const suspicion = 5 * second;

/**
 * Pause before the first, second, … request that an open breaker lets through; the last one goes on for ever.
 * An outage of half a minute ends within six seconds of the target's return, any other within 18.
 */
const probePauses = [1, 2, 4, 5, 5, 5, 5, 5, 5, 15].map((seconds) => seconds * second);

/**
 * How long to wait after a failed attempt, ±20 % so that cursors which failed together do not return
 * together.
 *
 * @param attempts failed attempts so far, this one included
 * @returns milliseconds, at most an hour and 20 %
 */
export function retryDelay(attempts: number, random: () => number = Math.random): number {
  return jittered(pauseAfter(attempts), random);
}

/**
 * The same for an attempt that followed other failures of the target with no success between them: then
 * it is as likely the target that is down as the record that is refused. Such pauses stay short, whatever
 * the length of the outage, so that all is delivered within seconds of the target's return; the target is
 * spared by its breaker, which lets one request through at a time.
 */
export function outageDelay(failures: number, random: () => number = Math.random): number {
  return jittered(Math.min(pauseAfter(failures), suspicion), random);
}

/**
 * How long an open breaker lets nothing through after a probe failed, ±20 %.
 *
 * @param probes so far, this one included
 * @returns milliseconds, at most 18 seconds
 */
export function probeDelay(probes: number, random: () => number = Math.random): number {
  return jittered(probePauses[probes] ?? 15 * second, random);
}

/**
 * Reads a `Retry-After` header: seconds, or a date (RFC 9110, section 10.2.3).
 *
 * @param now by the clock of who sent it
 * @returns milliseconds from `now`, 0 to an hour; undefined for no or an illegible header
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * second : httpDate(text) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(milliseconds, 0), longestPause);
}

function pauseAfter(failures: number): number {
  return pauses[Math.max(failures, 1) - 1] ?? hour;
}

function httpDate(text: string): number {
  // Date.parse alone also takes "-5" and "1.5" for dates.
  return /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
}

function jittered(pause: number, random: () => number): number {
  return Math.round(pause * (0.8 + 0.4 * random()));
}
