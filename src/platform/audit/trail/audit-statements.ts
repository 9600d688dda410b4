import type { AuditFilter } from './audit-filter.js';
import { type AuditPosition, lastSeqBefore } from './audit-position.js';

/** A table of entries. Both kinds have the columns agency, seq, action, resource, record_id, actor, login, context. */
export interface AuditTable {
  /** Place in the order of sources. */
  readonly rank: number;
  readonly relation: 'hms.changes' | 'hms.security_events';
  /** The column of the instant, by which the table has an index `(agency, <instant>, seq)`. */
  readonly instant: 'changed_at' | 'occurred_at';
  /** Names of the resources in it. */
  readonly resources: readonly string[];
}

/** What one read of a table is to give. */
export interface AuditSlice {
  readonly agencies: readonly string[];
  readonly filter: AuditFilter;
  /** Entries before this one only. */
  readonly before?: AuditPosition | undefined;
  readonly limit: number;
  /** Most rows of an agency (and, with a record, of a resource) that are looked at. */
  readonly window: number;
}

/** A statement with its values, as `pg` takes it. */
export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** Adds a value to a statement; gives its placeholder. */
type Parameter = (value: unknown) => string;

const instantText = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * Reads the newest matching entries of some agencies. Each agency's rows are read backwards along the index,
 * at most a window of them, so the cost is bounded whatever the filters find.
 */
export function entriesStatement(table: AuditTable, slice: AuditSlice): Statement {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const found = candidates(table, slice, parameter);
  const limit = parameter(slice.limit);
  const changes = table.relation === 'hms.changes';
  const rows =
    isSelective(table, slice.filter) || slice.filter.recordId !== undefined
      ? matchingRows(table, found, { slice, parameter, limit })
      : newestRows(table, found, limit);
  const text = `SELECT ${instantText('e.instant')} AS occurred_at, e.seq, e.action,
  ${changes ? `'success'` : 'e.outcome'} AS outcome, e.resource, e.record_id,
  ${changes ? 'e.version' : 'NULL::integer'} AS version, e.agency, e.actor, e.login, e.context
${rows}
ORDER BY e.instant DESC, e.seq DESC LIMIT ${limit}`;
  return { text, values };
}

const entryColumns = ({ relation, instant }: AuditTable): string =>
  `t.${instant} AS instant, t.seq, t.action, t.resource, t.record_id, t.agency, t.actor, t.login, t.context,
      ${relation === 'hms.changes' ? 't.version' : 't.outcome'}`;

/** Looks at the rows of each window, and stops when enough of them match. */
function matchingRows(
  table: AuditTable,
  { from, rows, order }: Candidates,
  { slice, parameter, limit }: { slice: AuditSlice; parameter: Parameter; limit: string },
): string {
  const conditions = comparisons(table, slice.filter).map(
    ([column, value]) => `t.${column} = ${parameter(value)}`,
  );
  return `FROM ${from} CROSS JOIN LATERAL (
  SELECT * FROM (SELECT ${entryColumns(table)} ${rows} LIMIT ${parameter(slice.window)}) t
  ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
  ORDER BY ${order} LIMIT ${limit}) e`;
}

/**
 * Takes the places of the newest rows from the index alone, and only then the rows: of many agencies most
 * candidates are not among the newest.
 */
const newestRows = (table: AuditTable, { from, rows }: Candidates, limit: string): string => `FROM (
  SELECT k.* FROM ${from} CROSS JOIN LATERAL (
    SELECT t.agency, t.${table.instant} AS instant, t.seq ${rows} LIMIT ${limit}) k
  ORDER BY k.instant DESC, k.seq DESC LIMIT ${limit}) k
CROSS JOIN LATERAL (
  SELECT ${entryColumns(table)} FROM ${table.relation} t
  WHERE t.agency = k.agency AND t.${table.instant} = k.instant AND t.seq = k.seq LIMIT 1) e`;

/**
 * How far the windows of the same read reach: the newest of their ends. No row: nothing was left out. Older
 * entries that the read gave are not to be used yet, since others may lie between them.
 */
export function reachStatement(table: AuditTable, slice: AuditSlice): Statement {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const { from, rows } = candidates(table, slice, parameter);
  const text = `SELECT ${instantText('e.instant')} AS occurred_at, e.seq
FROM ${from} CROSS JOIN LATERAL (
  SELECT t.${table.instant} AS instant, t.seq ${rows}
  OFFSET ${parameter(slice.window - 1)} LIMIT 1) e
ORDER BY e.instant DESC, e.seq DESC LIMIT 1`;
  return { text, values };
}

interface Candidates {
  readonly from: string;
  /** FROM, WHERE and ORDER BY of the rows of one agency, newest first, straight along an index. */
  readonly rows: string;
  /** The same order for what was read, in which the column of the instant is called so. */
  readonly order: string;
}

function candidates(
  table: AuditTable,
  { agencies, filter, before }: AuditSlice,
  parameter: Parameter,
): Candidates {
  const { relation, instant } = table;
  const until = parameter(before?.instant ?? filter.to ?? 'infinity');
  // The end of the period is open: what happened at that instant is left out.
  const seq = parameter(before ? lastSeqBefore(before, table.rank) : -1);
  const conditions = [
    `t.agency = a.agency AND (t.${instant}, t.seq) <= (${until}::timestamptz, ${seq}::bigint)`,
  ];
  if (filter.from !== undefined) conditions.push(`t.${instant} >= ${parameter(filter.from)}::timestamptz`);
  if (before && filter.to !== undefined)
    conditions.push(`t.${instant} < ${parameter(filter.to)}::timestamptz`);
  const from = `unnest(${parameter(agencies)}::text[]) a(agency)`;
  if (relation === 'hms.security_events' || filter.recordId === undefined) {
    const rows = `FROM ${relation} t WHERE ${conditions.join(' AND ')} ORDER BY t.${instant} DESC, t.seq DESC`;
    return { from, rows, order: 't.instant DESC, t.seq DESC' };
  }
  // One record's versions: along the primary key, where the instants ascend with the versions.
  const id = parameter(filter.recordId);
  const own = filter.resource === undefined ? table.resources : [filter.resource];
  conditions.push(`t.resource = r.resource AND t.record_id = ${id}
  AND t.version <= hms.version_at(r.resource, a.agency, ${id}, ${until}::timestamptz)`);
  const rows = `FROM ${relation} t WHERE ${conditions.join(' AND ')} ORDER BY t.version DESC`;
  return {
    from: `${from} CROSS JOIN unnest(${parameter(own)}::text[]) r(resource)`,
    rows,
    order: 't.version DESC',
  };
}

/** Whether rows of a window may be passed over. */
export const isSelective = (table: AuditTable, filter: AuditFilter): boolean =>
  comparisons(table, filter).length > 0;

function comparisons(table: AuditTable, filter: AuditFilter): [column: string, value: string][] {
  const { actor, action, resource, recordId } = filter;
  const wanted: [string, string | undefined][] = [
    ['actor', actor],
    ['action', action],
    ['resource', resource],
    // Of changes, the versions of one record are found by their key.
    ['record_id', table.relation === 'hms.changes' ? undefined : recordId],
  ];
  return wanted.filter((pair): pair is [string, string] => pair[1] !== undefined);
}

/**
 * The agencies that a table has rows of, each found by one step along the index: the cost is that of the
 * agencies, not of the rows.
 */
export const agenciesStatement = ({ relation }: AuditTable): string => `WITH RECURSIVE a AS (
  (SELECT agency FROM ${relation} ORDER BY agency LIMIT 1)
  UNION ALL
  SELECT (SELECT t.agency FROM ${relation} t WHERE t.agency > a.agency ORDER BY t.agency LIMIT 1)
  FROM a WHERE a.agency IS NOT NULL)
SELECT agency FROM a WHERE agency IS NOT NULL`;
