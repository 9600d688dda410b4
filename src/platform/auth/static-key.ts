import { createPublicKey, type KeyObject } from 'node:crypto';
import { StartupError } from '../config/startup.error.js';
import { keyFits } from './signature-algorithms.js';
import type { KeyHint, VerificationKeys } from './verification-keys.js';

/**
 * The one key of an issuer that was configured with it. A token's `kid` is not looked at.
 */
export class StaticKey implements VerificationKeys {
  /** A KeyObject verifies about twice as fast as PEM text, which would be parsed again for every token. */
  private readonly key: KeyObject;

  /**
   * @param pem the public key (`-----BEGIN PUBLIC KEY-----`)
   * @param algorithms what the key must be able to verify
   * @throws {StartupError} when it is no key, or does not fit one of the algorithms
   */
  constructor(pem: string, algorithms: readonly string[]) {
    this.key = readKey(pem);
    const unfit = algorithms.filter((algorithm) => !keyFits(this.key, algorithm));
    if (unfit.length > 0)
      throw new StartupError(
        `JWT_PUBLIC_KEY cannot verify ${unfit.join(', ')}: remove that from JWT_ALGORITHMS, or set a key of its type (RSA keys: at least 2048 bits).`,
      );
  }

  async keyFor({ algorithm }: KeyHint): Promise<KeyObject | undefined> {
    return keyFits(this.key, algorithm) ? this.key : undefined;
  }
}

function readKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw new StartupError(
      'JWT_PUBLIC_KEY is not a public key in PEM form; copy it whole, with its first and last line.',
    );
  }
}
