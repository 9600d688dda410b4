import { documentMembers, identifier, jsonObject, literal } from '../capture/document-expression.js';
import type { CapturedColumn } from '../capture/captured-table.js';
import type { ComparedRecord } from './list-filters.js';
import type { ListRules } from './list-rules.js';

/** Which records a list is of. */
export interface ListSource {
  readonly resource: string;
  readonly table: string;
  /** The columns beside those of `VersionedRecord`. */
  readonly columns: readonly CapturedColumn[];
  readonly rules: ListRules;
}

/** The parameter of a list's statement that says whose records. */
export const agencyParameter = '$1';

/** The rows of a list as the statement sees them: `r`, and for the past `c`, the log entry of then. */
export interface Rows extends ComparedRecord {
  readonly from: string;
  /** All columns, as after SELECT. */
  readonly columns: string;
  /** Holds for the rows that are there at all. */
  readonly conditions: readonly string[];
  /** SQL of the condition of a filter. */
  readonly where: (condition: string) => string;
  /** SQL of the JSON text of an object of the members that are shown, over a row `r` of {@link columns}. */
  readonly entry: (isShown: (member: string) => boolean) => string;
}

const platformColumns: readonly CapturedColumn[] = [
  { member: 'id', column: 'id', type: 'text' },
  { member: 'createdAt', column: 'created_at', type: 'timestamp with time zone' },
  { member: 'updatedAt', column: 'updated_at', type: 'timestamp with time zone' },
];

const relationOf = ({ table }: ListSource): string => `public.${identifier(table)} r`;

/** The records as they are. */
export function currentRows(source: ListSource, includeDeleted: boolean): Rows {
  return {
    from: relationOf(source),
    columns: 'r.*',
    conditions: includeDeleted ? [] : ['r.deleted_at IS NULL'],
    valueOf: (member) => orAbsent(source, member, `r.${identifier(columnOf(source, member).column)}`),
    has: (member, entry) =>
      `r.search @@ hms.search_within(${agencyParameter}, hms.search_entry_query(${literal(member)}, ${entry}))`,
    where: (condition) => condition,
    entry: (isShown) => jsonObject(documentMembers(source).filter(([member]) => isShown(member))),
  };
}

/**
 * The records as they were. The row holds only today's values, so members are compared in the document of then.
 * A record whose document of then was removed may have been on the page or not: it is on it, without a document.
 * The limit keeps the look into the log to the records of the page; as a plain join it was planned for all
 * records of the agency.
 *
 * @param instant the parameter that says when
 */
export function pastRows(source: ListSource, instant: string): Rows {
  const resource = literal(source.resource);
  return {
    ...comparedIn(source, 'c.document'),
    from: `${relationOf(source)}
LEFT JOIN LATERAL (
  SELECT c.document::jsonb AS document FROM hms.changes c
  WHERE c.resource = ${resource} AND c.agency = r.agency AND c.record_id = r.id
    AND c.version = hms.version_at(${resource}, r.agency, r.id, ${instant}) LIMIT 1) c ON true`,
    columns: 'r.*, c.document AS past',
    conditions: [`r.created_at <= ${instant}`, orRemoved(`c.document ->> 'deleted' = 'false'`)],
    where: orRemoved,
    entry: (isShown) => {
      const members = documentMembers(source).filter(([member]) => isShown(member));
      const then = members.map(([member]) => [member, `(r.past -> ${literal(member)})::text`] as const);
      return `CASE WHEN r.past IS NOT NULL THEN ${jsonObject(then)} END`;
    },
  };
}

/**
 * Compares what a document has.
 *
 * @param document SQL of the document of the row `r`, of type jsonb
 */
export const comparedIn = (source: ListSource, document: string): ComparedRecord => ({
  valueOf: (member) => orAbsent(source, member, valueIn(document, columnOf(source, member))),
  has: (member, entry) => `${document} -> ${literal(member)} ? ${entry}`,
});

const orRemoved = (condition: string): string => `(c.document IS NULL OR ${condition})`;

function valueIn(document: string, { member, column, type }: CapturedColumn): string {
  // The key never changes, and is what lists of the past are sorted by.
  if (member === 'id') return `r.${column}`;
  return `(${document} ->> ${literal(member)})::${type}`;
}

function orAbsent({ rules }: ListSource, member: string, value: string): string {
  const absent = rules.absent?.[member];
  return absent === undefined ? value : `coalesce(${value}, ${literal(absent)})`;
}

function columnOf({ table, columns }: ListSource, member: string): CapturedColumn {
  const column = [...platformColumns, ...columns].find((candidate) => candidate.member === member);
  if (!column)
    throw new Error(`The rules of lists of ${table} name ${member}, but the record has no such member.`);
  return column;
}
