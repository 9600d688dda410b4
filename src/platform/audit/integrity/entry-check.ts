import { type ChangeEntry, changeHash, entryColumns } from './change-entry.js';
import { type Finding, findingAt } from './finding.js';
import { allEntries, type LogEntry } from './log-reader.js';
import { identifier, literal } from '../../records/capture/document-expression.js';
import type { AuditedTable } from './audited-table.js';

/** An entry, there or removed, and what it is compared with. */
export type EntryRow = LogEntry & Comparison;

/** What is wrong with a removed entry whose retention nobody signed. */
export const notCovered = 'It is gone, and no signed retention covers it.';

interface Comparison {
  /** The hash of the record's version before, hexadecimal; null where the log never had one. */
  readonly beforeHash: string | null;
  /** Whether that version stands earlier in the log. */
  readonly inOrder: boolean | null;
  /** Whether the record of a first version is there: records are never removed. */
  readonly hasRecord: boolean;
}

/** Selects entries as {@link EntryRow}; a condition, an order and a limit follow. */
export function entryRows(tables: readonly AuditedTable[]): string {
  const records = tables.map(
    ({ name, table }) => `WHEN ${literal(name)} THEN EXISTS (
      SELECT FROM public.${identifier(table)} r WHERE r.agency = c.agency AND r.id = c.record_id)`,
  );
  const hasRecord = records.length > 0 ? `CASE c.resource ${records.join(' ')} ELSE true END` : 'true';
  return `SELECT ${entryColumns}, c.retention,
  encode(b.hash, 'hex') AS "beforeHash", (b.xid, b.seq) < (c.xid, c.seq) AS "inOrder",
  c.version > 1 OR ${hasRecord} AS "hasRecord"
FROM ${allEntries}
LEFT JOIN LATERAL (
  ${versionBefore('hms.changes')}
  UNION ALL
  ${versionBefore('hms.removed_changes')} LIMIT 1) b ON true`;
}

const versionBefore = (relation: string): string => `SELECT b.hash, b.xid, b.seq FROM ${relation} b
    WHERE b.resource = c.resource AND b.agency = c.agency AND b.record_id = c.record_id AND b.version = c.version - 1`;

/**
 * What is wrong with an entry, the gravest first; undefined where nothing is. Of a removed one this is only
 * whether it has its place; whether it may be gone, its retention says.
 */
export function checkEntry(entry: EntryRow): Finding | undefined {
  const { version, beforeHash } = entry;
  if (version < 1 || (version > 1 && beforeHash === null))
    return findingAt(entry, 'gap', `Version ${version - 1} of the record is missing.`);
  if (entry.retention === null && entry.previousHash !== beforeHash)
    return findingAt(entry, 'link', `It does not name the hash of version ${version - 1}.`);
  if (entry.retention === null && changeHash(entry) !== entry.hash)
    return findingAt(entry, 'hash', 'Its hash is not that of what is stored.');
  if (entry.inOrder === false)
    return findingAt(entry, 'order', `It stands before version ${version - 1} in the log.`);
  if (entry.retention === null && !documentFits(entry))
    return findingAt(entry, 'document', 'Its document names another record, agency or version.');
  if (!entry.hasRecord) return findingAt(entry, 'document', 'The record is gone from its table.');
  return undefined;
}

function documentFits({ document, agency, id, version }: ChangeEntry): boolean {
  try {
    const content = JSON.parse(document) as Record<string, unknown> | null;
    return content?.['agency'] === agency && content['id'] === id && content['version'] === version;
  } catch {
    return false;
  }
}
