/** The time by which tokens and keys grow old here; tests inject one they can move. */
export abstract class Clock {
  /** Milliseconds since 1970. */
  abstract now(): number;
}
