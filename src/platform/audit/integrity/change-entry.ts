import { sha256 } from './merkle-tree.js';

/** An entry of the log, with all that its hash is over; in exports and proofs as JSON. */
export interface ChangeEntry {
  /** Transaction and number, which give the place in the order of commits. Decimal. */
  readonly xid: string;
  readonly seq: string;
  readonly resource: string;
  readonly agency: string;
  readonly id: string;
  readonly version: number;
  readonly action: string;
  readonly schemaRevision: number;
  /** JSON text, as it is hashed. */
  readonly document: string;
  readonly actor: string;
  readonly login: string;
  /** JSON text, as it is hashed. */
  readonly context: string;
  readonly changedAt: string;
  /** Hexadecimal; null in a record's first version. */
  readonly previousHash: string | null;
  /** Hexadecimal. */
  readonly hash: string;
}

/** The columns of an entry `c`, by the names of {@link ChangeEntry}. */
export const entryColumns = `c.xid::text AS xid, c.seq::text AS seq, c.resource, c.agency, c.record_id AS id, c.version,
  c.action, c.schema_revision AS "schemaRevision", c.document, c.actor, c.login, c.context,
  to_char(c.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "changedAt",
  encode(c.previous_hash, 'hex') AS "previousHash", encode(c.hash, 'hex') AS hash`;

/**
 * The hash of an entry, hexadecimal: SHA-256 over a JSON array, with a blank after each comma as PostgreSQL
 * writes it. Never asked of the database: whoever can change its rows can change its functions.
 */
export function changeHash(entry: ChangeEntry): string {
  const parts = [
    'hms-change-v1',
    entry.previousHash,
    entry.resource,
    entry.agency,
    entry.id,
    entry.version,
    entry.action,
    entry.schemaRevision,
    entry.document,
    entry.actor,
    entry.login,
    entry.context,
    entry.changedAt,
  ];
  return sha256(`[${parts.map((part) => JSON.stringify(part)).join(', ')}]`).toString('hex');
}
