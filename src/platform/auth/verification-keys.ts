import type { KeyObject } from 'node:crypto';

/** What a token's header says about the key that signed it. Untrusted. */
export interface KeyHint {
  /** One of the accepted algorithms. */
  readonly algorithm: string;
  /** `kid`, where there is one. */
  readonly keyId?: string;
}

/** The public keys by which the issuer's signatures are verified. */
export interface VerificationKeys {
  /**
   * The issuer's key for a token; only one that fits the algorithm.
   *
   * @returns undefined when the issuer has no such key
   * @throws {ProblemError} `unavailable` when it cannot be known, since the issuer cannot be reached
   */
  keyFor(hint: KeyHint): Promise<KeyObject | undefined>;
}
