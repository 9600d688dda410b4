import { createPublicKey, type KeyObject } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { SigningKey } from 'jwks-rsa';
import type { Clock } from './clock.js';
import { keysUnavailable } from './refusals.js';
import { keyFits } from './signature-algorithms.js';
import type { KeyHint, VerificationKeys } from './verification-keys.js';

/** One key of the issuer's set. */
interface PublishedKey {
  readonly id: string | undefined;
  /** The only algorithm it may be used with, where the set says so. */
  readonly algorithm: string | undefined;
  readonly key: KeyObject;
  /** Tells whether a set has changed. */
  readonly pem: string;
}

const seconds = 1000;
const minutes = 60 * seconds;

/** After this time the set is fetched again, so that a withdrawn key is noticed. */
export const keySetAge = 10 * minutes;
/** While the issuer cannot be reached, its known keys are used until the set is this old. */
export const keySetGrace = 60 * minutes;
/** The set is fetched at most once in this time, whatever key ids tokens name. */
export const fetchInterval = 5 * seconds;
const fetchTimeout = 5 * seconds;

/**
 * The keys an issuer publishes as a JSON Web Key Set (RFC 7517).
 *
 * The set is held whole: an unknown key id fetches it again (a new key works without a restart), but at
 * most once every 5 seconds, however many ids are made up. It is fetched again when it is 10 minutes old. When
 * that fails, known keys go on working until the set is an hour old, and a token with an unknown key gets
 * `unavailable`. Keys not meant for signatures (`use: enc`) are left out.
 */
export class JwksKeys implements VerificationKeys {
  private readonly log = new Logger(JwksKeys.name);
  private keys: readonly PublishedKey[] = [];
  private fetchedAt = -Infinity;
  private triedAt = -Infinity;
  private failure: { readonly cause: unknown } | undefined;
  private fetching: Promise<void> | undefined;

  /**
   * @param url where the set is published
   * @param onChange called when the set lost a key that was in it
   */
  constructor(
    private readonly url: string,
    private readonly clock: Clock,
    private readonly onChange: () => void,
  ) {}

  async keyFor(hint: KeyHint): Promise<KeyObject | undefined> {
    const known = this.find(hint);
    if (known && this.age() < keySetAge) return known;
    const refreshed = this.refresh();
    // While the issuer is down, those whose key is known do not wait for each new attempt to fail.
    if (known && this.failure && this.age() < keySetGrace) return known;
    await refreshed;
    const key = this.find(hint);
    if (key && this.age() < keySetGrace) return key;
    if (this.failure) throw keysUnavailable(fetchInterval / seconds, this.failure.cause);
    return undefined;
  }

  private age(): number {
    return this.clock.now() - this.fetchedAt;
  }

  private find({ algorithm, keyId }: KeyHint): KeyObject | undefined {
    const fitting = this.keys.filter(
      (candidate) =>
        (keyId === undefined || candidate.id === keyId) &&
        (candidate.algorithm === undefined || candidate.algorithm === algorithm) &&
        keyFits(candidate.key, algorithm),
    );
    // Without an id only a set with a single fitting key says which one is meant.
    return keyId !== undefined || fitting.length === 1 ? fitting[0]?.key : undefined;
  }

  /** Never rejects; a failure is kept until the next attempt succeeds. */
  private refresh(): Promise<void> {
    if (this.fetching) return this.fetching;
    if (this.clock.now() - this.triedAt < fetchInterval) return Promise.resolve();
    this.triedAt = this.clock.now();
    this.fetching = this.fetch().finally(() => {
      this.fetching = undefined;
    });
    return this.fetching;
  }

  private async fetch(): Promise<void> {
    try {
      const keys = (await publishedKeys(this.url)).map(toPublishedKey);
      const withdrawn = this.keys.some(
        (old) => !keys.some((key) => key.id === old.id && key.pem === old.pem),
      );
      this.keys = keys;
      this.fetchedAt = this.clock.now();
      this.failure = undefined;
      if (withdrawn) this.onChange();
    } catch (cause) {
      this.failure = { cause };
      this.log.warn(`The issuer's keys (JWT_JWKS_URL) cannot be fetched: ${describe(cause)}`);
    }
  }
}

async function publishedKeys(url: string): Promise<SigningKey[]> {
  // Loaded when it is needed, which is with such an issuer alone: a start without one is the sooner over.
  const { JwksClient } = await import('jwks-rsa');
  // Its own cache is per key id, so made-up ids could use up its rate limit and shut out the real ones.
  return new JwksClient({
    jwksUri: url,
    cache: false,
    rateLimit: false,
    fetcher: fetchKeySet,
  }).getSigningKeys();
}

/** Fetches with a deadline for the whole answer; a redirect could lead to keys of somebody else. */
async function fetchKeySet(url: string): Promise<{ keys: unknown }> {
  const answer = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(fetchTimeout),
  });
  if (!answer.ok) throw new Error(`the answer was ${answer.status}`);
  const body: unknown = await answer.json();
  if (typeof body !== 'object' || body === null || !('keys' in body) || !Array.isArray(body.keys))
    throw new Error('the answer is no JSON Web Key Set');
  return { keys: body.keys };
}

function toPublishedKey(key: SigningKey): PublishedKey {
  const pem = key.getPublicKey();
  return { id: key.kid, algorithm: key.alg, key: createPublicKey(pem), pem };
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? `${cause.message} (${cause.cause.message})` : cause.message;
}
