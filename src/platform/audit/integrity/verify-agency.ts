import { ProblemError } from '../../http/problems/problem.error.js';
import type { Pool } from 'pg';
import type { RetentionLog } from '../retention/retention-log.js';
import type { AuditedTable } from './audited-table.js';
import { checkEntry, type EntryRow, entryRows, notCovered } from './entry-check.js';
import { type Finding, findingAt } from './finding.js';
import { checkRecord, readRecords } from './record-check.js';

/** A place in the verification of an agency: first the entries of each resource, then its records. */
interface Place {
  /** Index of the resource. */
  readonly table: number;
  readonly phase: 'entries' | 'records';
  /** The last id and version that were checked. */
  readonly id: string;
  readonly version: number;
}

/** What the logs are verified with. */
export interface AgencyEvidence {
  readonly tables: readonly AuditedTable[];
  /** By the database's name. */
  readonly pools: Readonly<Record<string, Pool>>;
  /** By the database's name. */
  readonly retentions: Readonly<Record<string, RetentionLog>>;
}

/** A part of the verification of an agency. */
export interface VerifiedPart {
  /** Entries and records that were checked. */
  readonly checked: number;
  readonly findings: readonly Finding[];
  /** Where the next part begins; null after the last one. */
  readonly nextCursor: string | null;
}

/**
 * Verifies the entries about an agency's records, record by record and version by version, then the records
 * against their newest entries. Whether the log as a whole is complete only its checkpoints can tell.
 *
 * @param limit most entries and records of one call
 * @throws {ProblemError} `invalid-parameter` when the cursor is not one of ours
 */
export async function verifyAgency(
  { tables, pools, retentions }: AgencyEvidence,
  agency: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<VerifiedPart> {
  const findings: Finding[] = [];
  let checked = 0;
  let place: Place | undefined = cursor === undefined ? firstOf(0, 'entries') : decodeCursor(cursor);
  while (place && checked < limit) {
    const table: AuditedTable | undefined = tables[place.table];
    const pool = table && pools[table.database];
    const retention = table && retentions[table.database];
    if (!table || !pool || !retention) return { checked, findings, nextCursor: null };
    const part: Part = { place, agency, limit: limit - checked };
    const step: Step =
      place.phase === 'entries'
        ? await checkEntries(pool, retention, table, part)
        : await checkRecords(pool, table, part);
    findings.push(...step.findings);
    checked += step.checked;
    place = step.checked < part.limit ? after(place, tables.length) : { ...place, ...step.last };
  }
  return { checked, findings, nextCursor: place ? encodeCursor(place) : null };
}

interface Part {
  readonly place: Place;
  readonly agency: string;
  readonly limit: number;
}

interface Step {
  readonly checked: number;
  readonly findings: Finding[];
  readonly last?: { readonly id: string; readonly version: number } | undefined;
}

async function checkEntries(
  pool: Pool,
  retentions: RetentionLog,
  table: AuditedTable,
  { place, agency, limit }: Part,
): Promise<Step> {
  const { rows } = await pool.query<EntryRow>(
    `${entryRows([table])}
WHERE c.resource = $1 AND c.agency = $2 AND (c.record_id, c.version) > ($3, $4)
ORDER BY c.record_id, c.version LIMIT $5`,
    [table.name, agency, place.id, place.version, limit],
  );
  const last = rows.at(-1);
  return {
    checked: rows.length,
    findings: [
      ...rows.flatMap((row) => checkEntry(row) ?? []),
      ...(await checkRemoved(pool, retentions, rows)),
    ],
    last: last && { id: last.id, version: last.version },
  };
}

/** Holds what is gone against the retentions that it is gone under, each as a whole. */
async function checkRemoved(
  pool: Pool,
  retentions: RetentionLog,
  rows: readonly EntryRow[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const under = new Set<number>();
  for (const row of rows) {
    if (row.retention === null) continue;
    if (await retentions.covers(row.retention)) under.add(row.retention);
    else findings.push(findingAt(row, 'removed', notCovered));
  }
  for await (const finding of retentions.compare(pool, under)) findings.push(finding);
  return findings;
}

async function checkRecords(pool: Pool, table: AuditedTable, { place, agency, limit }: Part): Promise<Step> {
  const rows = await readRecords(pool, table, { after: { agency, id: place.id }, agency, limit });
  const last = rows.at(-1);
  return {
    checked: rows.length,
    findings: rows.flatMap((row) => checkRecord(table.name, row) ?? []),
    last: last && { id: last.id, version: last.version },
  };
}

const firstOf = (table: number, phase: Place['phase']): Place => ({
  table,
  phase,
  id: '',
  version: -(2 ** 31),
});

function after({ table, phase }: Place, tables: number): Place | undefined {
  if (phase === 'entries') return firstOf(table, 'records');
  return table + 1 < tables ? firstOf(table + 1, 'entries') : undefined;
}

/** A cursor is opaque to clients. The agency always comes from the token. */
function encodeCursor({ table, phase, id, version }: Place): string {
  return Buffer.from(JSON.stringify([table, phase, id, version])).toString('base64url');
}

function decodeCursor(cursor: string): Place {
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [table, phase, id, version] = Array.isArray(content) ? (content as unknown[]) : [];
    if (
      typeof table === 'number' &&
      (phase === 'entries' || phase === 'records') &&
      typeof id === 'string' &&
      !id.includes('\0') &&
      typeof version === 'number' &&
      Math.abs(version) <= 2 ** 31 &&
      Number.isInteger(version)
    )
      return { table, phase, id, version };
  } catch {
    // Not one of ours: refused below like any other.
  }
  throw new ProblemError(
    'invalid-parameter',
    'cursor must be the nextCursor of a verification before, unchanged.',
  );
}
