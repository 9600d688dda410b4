/** The place of an entry in the order of commits. */
export interface Position {
  readonly xid: bigint;
  readonly seq: bigint;
}

/** Before every entry that a log can hold, also one that was forged with a number below 1. */
export const beforeAll: Position = { xid: 0n, seq: -(2n ** 63n) };

/** Whether one place comes before another. */
export function isBefore(one: Position, other: Position): boolean {
  return one.xid === other.xid ? one.seq < other.seq : one.xid < other.xid;
}
