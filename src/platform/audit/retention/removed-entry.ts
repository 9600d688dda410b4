import { leafHash, MerkleFrontier } from '../integrity/merkle-tree.js';
import { isBefore } from '../integrity/position.js';

/** What is left of an entry that was removed from the log. */
export interface RemovedEntry {
  /** Transaction and number, which give the place in the order of commits. Decimal. */
  readonly xid: string;
  readonly seq: string;
  readonly resource: string;
  readonly agency: string;
  readonly id: string;
  readonly version: number;
  /** Hash of the entry, hexadecimal. */
  readonly hash: string;
}

/** The columns of a removed entry `c`, by the names of {@link RemovedEntry}; those of an entry of the log too. */
export const removedColumns = `c.xid::text AS xid, c.seq::text AS seq, c.resource, c.agency, c.record_id AS id,
  c.version, encode(c.hash, 'hex') AS hash`;

/**
 * The root of the tree (RFC 9162) over what was removed together, in the order of the log. A leaf is over a JSON
 * array, with a blank after each comma, of the key and the hash of an entry; its place is the log's tree's concern.
 */
export function removedRoot(entries: readonly RemovedEntry[]): Buffer {
  const tree = new MerkleFrontier();
  for (const entry of entries.toSorted(byPosition)) tree.push(leafHash(Buffer.from(leafText(entry))));
  return tree.root();
}

function leafText({ resource, agency, id, version, hash }: RemovedEntry): string {
  const parts = ['hms-removed-v1', resource, agency, id, version, hash];
  return `[${parts.map((part) => JSON.stringify(part)).join(', ')}]`;
}

function byPosition(one: RemovedEntry, other: RemovedEntry): number {
  const [a, b] = [one, other].map(({ xid, seq }) => ({ xid: BigInt(xid), seq: BigInt(seq) }));
  return a && b && isBefore(a, b) ? -1 : 1;
}
