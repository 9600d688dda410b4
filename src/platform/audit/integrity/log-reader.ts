import type { ClientBase, Pool } from 'pg';
import type { RemovedEntry } from '../retention/removed-entry.js';
import type { ChangeEntry } from './change-entry.js';
import { chunkSize } from './chunk-tree.js';
import { leafHash } from './merkle-tree.js';
import type { Position } from './position.js';

/** A leaf of the tree: the hash over the hash of one entry, and where that entry stands. */
export interface Leaf extends Position {
  readonly hash: Buffer;
}

/**
 * Entries that no transaction which is still open can come before: with them the order of commits is final,
 * so what was signed once stays as it is.
 */
export const settled = 'c.xid < pg_snapshot_xmin(pg_current_snapshot())';

/** An entry that is there, or what is left of one that was removed. */
export type LogEntry =
  (ChangeEntry & { readonly retention: null }) | (RemovedEntry & { readonly retention: number });

/** What a removed entry has no more, with its type. */
const content: readonly [column: string, type: string][] = [
  ['action', 'text COLLATE "C"'],
  ['schema_revision', 'integer'],
  ['document', 'text'],
  ['actor', 'text'],
  ['login', 'text'],
  ['context', 'text'],
  ['changed_at', 'timestamptz'],
  ['previous_hash', 'bytea'],
];
const kept = 'xid, seq, resource, agency, record_id, version, hash';

/**
 * All entries that the log ever had, as the relation `c`: those that are there, and what is left of those that
 * were removed under a retention.
 */
export const allEntries = `(
  SELECT ${kept}, ${content.map(([column]) => column).join(', ')}, NULL::integer AS retention FROM hms.changes
  UNION ALL
  SELECT ${kept}, ${content.map(([column, type]) => `NULL::${type} AS ${column}`).join(', ')}, retention
  FROM hms.removed_changes) c`;

/** Reads the leaves that follow a place in the log, a chunk of them at most. */
export async function readLeaves(
  database: Pool | ClientBase,
  after: Position,
  limit: number = chunkSize,
): Promise<Leaf[]> {
  const { rows } = await database.query<{ xid: string; seq: string; hash: Buffer }>({
    name: 'audit_leaves',
    text: `SELECT c.xid, c.seq, c.hash FROM ${allEntries}
WHERE (c.xid, c.seq) > ($1::xid8, $2::bigint) AND ${settled} ORDER BY c.xid, c.seq LIMIT $3`,
    values: [String(after.xid), String(after.seq), limit],
  });
  return rows.map(({ xid, seq, hash }) => ({ xid: BigInt(xid), seq: BigInt(seq), hash: leafHash(hash) }));
}
