import { ProblemError } from '../../http/problems/problem.error.js';

/**
 * A place in the audit trail, which is ordered by instant, then source, then number within the source. Each
 * entry has a place of its own, and entries that are added later do not move it.
 */
export interface AuditPosition {
  /** RFC 3339 in UTC with six decimals, so that texts compare like instants. */
  readonly instant: string;
  /** Rank of the source. */
  readonly source: number;
  /** Number within the source. */
  readonly seq: number;
}

/** Below zero where `a` comes after `b` in a list with the newest first. */
export function compareAscending(a: AuditPosition, b: AuditPosition): number {
  if (a.instant !== b.instant) return a.instant < b.instant ? -1 : 1;
  return a.source - b.source || a.seq - b.seq;
}

/**
 * The largest number that an entry of a source may have at the instant of a position to lie before it; `-1`
 * means that it must be older than that instant.
 */
export function lastSeqBefore({ source, seq }: AuditPosition, ofSource: number): number {
  if (ofSource === source) return seq - 1;
  return ofSource < source ? Number.MAX_SAFE_INTEGER : -1;
}

export const encodeCursor = ({ instant, source, seq }: AuditPosition): string =>
  Buffer.from(JSON.stringify([instant, source, seq])).toString('base64url');

const cursorForm =
  /^\["(\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z)",(\d{1,2}),(\d{1,15})\]$/;

/** @throws {ProblemError} `invalid-parameter` */
export function decodeCursor(cursor: string): AuditPosition {
  const [, instant, source, seq] = cursorForm.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (instant !== undefined && !Number.isNaN(Date.parse(instant)))
    return { instant, source: Number(source), seq: Number(seq) };
  throw new ProblemError(
    'invalid-parameter',
    'cursor must be the nextCursor of a page of this list, unchanged.',
  );
}
