import { createHash } from 'node:crypto';
import type { RequestContext } from '../../auth/request-context.js';
import type { Connection } from '../../database/connection.js';
import { type IdempotencyKey, keyLifetime } from '../../http/idempotency-key.js';
import { ProblemError } from '../../http/problems/problem.error.js';

/** The header that marks an answer that was kept. */
export const replayed = { 'Idempotency-Replayed': 'true' };

/** An answer, in the parts that it can be made of again. */
export interface AnswerParts<About> {
  /** What its status and headers are made of, as JSON. */
  readonly about: About;
  /** Its body, byte for byte. */
  readonly body: string;
}

interface KeptRow<About> extends AnswerParts<About> {
  readonly fingerprint: Buffer;
}

/**
 * The answer to a request with an idempotency key. A key belongs to one subject of one agency and to one operation:
 * what others send under it, or the same one elsewhere, is another matter. Only answers to writes that were made are
 * kept: a refused one has changed nothing, and may be right the next time.
 */
export class KeptAnswer<About extends object> {
  private readonly agency: string;
  /** Of who asks, for which operation, under which key. */
  private readonly keyHash: Buffer;
  private readonly fingerprint: Buffer;

  constructor({ caller, route, idempotencyKey }: RequestContext) {
    const { key, fingerprint } = idempotencyKey as IdempotencyKey;
    this.agency = caller.agency;
    this.fingerprint = fingerprint;
    this.keyHash = createHash('sha256')
      .update(JSON.stringify([caller.agency, caller.subject, route, key]))
      .digest();
  }

  /**
   * Finds the answer that an earlier request got. Without one, the key is this transaction's alone until its end.
   *
   * @throws {ProblemError} `idempotency-mismatch` if that was another request; `idempotency-in-progress` if its
   *   transaction has not ended, without waiting for it
   */
  async find(transaction: Connection): Promise<AnswerParts<About> | undefined> {
    const { rows: locks } = await transaction.query<{ locked: boolean }>({
      ...lockStatement,
      values: [this.keyHash.readBigInt64BE().toString()],
    });
    // A statement of its own: it must see what was committed before the lock was free.
    const { rows } = await transaction.query<KeptRow<About>>({
      ...findStatement,
      values: [this.agency, this.keyHash, keyLifetime],
    });
    const [kept] = rows;
    if (!kept && !locks[0]?.locked) throw inProgress();
    if (!kept) return undefined;
    if (!this.fingerprint.equals(kept.fingerprint)) throw mismatch();
    return kept;
  }

  /** Keeps the answer, in the transaction of the write. */
  async keep(transaction: Connection, { about, body }: AnswerParts<About>): Promise<void> {
    const values = [this.agency, this.keyHash, this.fingerprint, JSON.stringify(about), body];
    await transaction.query({ ...keepStatement, values });
  }
}

const inProgress = (): ProblemError =>
  new ProblemError(
    'idempotency-in-progress',
    'A request with this Idempotency-Key is under way; send this one again when it has been answered.',
    { headers: { 'Retry-After': '1' } },
  );

const mismatch = (): ProblemError =>
  new ProblemError(
    'idempotency-mismatch',
    'This Idempotency-Key was used for another request, in the last 24 hours; give each request a key of its own.',
  );

const lockStatement = {
  name: 'idempotency_lock',
  text: 'SELECT pg_try_advisory_xact_lock($1::bigint) AS locked',
};

const findStatement = {
  name: 'idempotency_find',
  text: `SELECT fingerprint, about, body FROM hms.idempotency_keys
WHERE agency = $1 AND key_hash = $2 AND used_at > clock_timestamp() - $3::float8 * interval '1 millisecond'`,
};

/** An answer that is there already has outlived its time. */
const keepStatement = {
  name: 'idempotency_keep',
  text: `INSERT INTO hms.idempotency_keys (agency, key_hash, fingerprint, about, body) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (agency, key_hash) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, about = EXCLUDED.about,
  body = EXCLUDED.body, used_at = EXCLUDED.used_at`,
};
