import { ProblemError } from '../../http/problems/problem.error.js';

/** A place in the log: that of an entry, in the order of commits. */
export interface FeedPosition {
  /** Id of the transaction that wrote the entry; `0` before the first one. */
  readonly xid: string;
  readonly seq: string;
  /** The beginning of the entry's hash: after a restore, another entry may have its place. */
  readonly check: string;
  /** Number of the newest retention that is known to have removed nothing after this place. */
  readonly retention: number;
}

export const encodePosition = ({ xid, seq, check, retention }: FeedPosition): string =>
  Buffer.from(JSON.stringify([xid, seq, check, retention])).toString('base64url');

const cursorForm = /^\["(\d{1,20})","(\d{1,19})","([0-9a-f]{8}|)",(\d{1,9})\]$/;

/** @throws {ProblemError} `invalid-parameter` */
export function decodePosition(cursor: string): FeedPosition {
  const [, xid, seq, check, retention] = cursorForm.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const fits = BigInt(xid ?? 0) < 2n ** 64n && BigInt(seq ?? 0) < 2n ** 63n;
  if (xid !== undefined && seq !== undefined && check !== undefined && fits)
    return { xid, seq, check, retention: Number(retention) };
  throw new ProblemError('invalid-parameter', 'cursor must be a nextCursor of this feed, unchanged, or now.');
}
