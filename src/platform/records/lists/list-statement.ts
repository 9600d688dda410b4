import { invalidCursor } from '../../http/paging/cursor.js';
import { filterConditions, givenFilters, Parameters } from './filter-conditions.js';
import { after, orderBy, type SortKey, sortKeys } from './list-order.js';
import type { ListQueryDto } from './list-query.dto.js';
import { agencyParameter, currentRows, type ListSource, pastRows, type Rows } from './list-rows.js';

/** A statement with its values, as `pg` takes it. Every value of the client's is a parameter. */
export interface ListStatement {
  readonly text: string;
  readonly values: unknown[];
}

/** What a page is to hold. */
export interface ListRequest {
  readonly agency: string;
  readonly query: ListQueryDto;
  /** The place after which the page begins, as the entry before it gave it. */
  readonly place?: readonly string[] | undefined;
  /** Whether all records that are wanted are got before they are sorted, see {@link mayBeGathered}. */
  readonly gathered?: boolean;
}

/** A row of the statement of a page. */
export interface ListRow {
  /** Null where a retention removed it. */
  readonly document: string | null;
  /** The values of the sort keys, as texts. */
  readonly place: readonly string[];
  /** Records from the beginning of the page on, one more than the limit at most. */
  readonly found: number;
}

/** Most bytes of the entries of a page; a larger entry is alone on its page. */
export const mostBytes = 1024 * 1024;
/** Most records that a search without a sort ranks: of more matches the last ones by id, which are the newest. */
export const mostRanked = 10_000;

/**
 * Writes the statement of one page, one entry more than fits so that the last page is known. It ends early
 * where the entries would be more than {@link mostBytes}.
 *
 * @throws {ProblemError} `invalid-parameter` where the place is none of this list
 */
export function listStatement(source: ListSource, request: ListRequest): ListStatement {
  const { query, place } = request;
  const parameters = new Parameters(request.agency);
  const rows = rowsOf(source, query, parameters);
  const keys = isRanked(query) ? rankKeys : sortKeys(query.sort ?? [], rows.valueOf);
  if (place && place.length !== keys.length) throw invalidCursor();
  const given = place?.map((value) => parameters.add(value));
  const further = given ? after(keys, given) : 'true';
  const columns = keys.map(({ expression }, index) => `${expression} AS k${index}`).join(', ');
  const names = keys.map((_key, index) => `k${index}`);
  const order = orderBy(keys, (_key, index) => `k${index}`);
  // Documents are made last, and once: of the records of the page alone.
  const text = `SELECT s.document, ARRAY[${names.map((name) => `s.${name}::text`).join(', ')}] AS place, s.found
FROM (
  SELECT d.*, (count(*) OVER ())::int AS found, coalesce(octet_length(d.document), 0) AS size,
    sum(coalesce(octet_length(d.document), 0)) OVER (ORDER BY ${order}) AS bytes
  FROM (
    SELECT ${names.map((name) => `r.${name}`).join(', ')}, ${rows.entry(isShown(source, query))} AS document
    FROM (
      SELECT ${rows.columns}, ${columns}
      FROM ${wantedRows(source, rows, request, parameters)} AND ${further}
      ORDER BY ${orderBy(keys)} LIMIT ${parameters.add(query.limit + 1)}) r
    OFFSET 0) d) s
WHERE s.bytes <= ${mostBytes} OR s.bytes = s.size
ORDER BY ${order}`;
  return { text, values: parameters.values };
}

/** Writes the statement that counts the records on all pages, up to one more than `most`. */
export function countStatement(source: ListSource, request: ListRequest, most: number): ListStatement {
  const { query } = request;
  const parameters = new Parameters(request.agency);
  const rows = rowsOf(source, query, parameters);
  const wanted = conditionsOf(source, rows, query, parameters);
  // In order, as any of them could be taken from a scan of the whole table, other agencies' records included.
  const text = `SELECT count(*)::int AS count FROM (
  SELECT FROM ${rows.from} WHERE ${wanted} ORDER BY r.id LIMIT ${most + 1}) counted`;
  return { text, values: parameters.values };
}

/**
 * Whether the index of one of the conditions gives records in no order. PostgreSQL knows little of how many
 * records have a rare word or tag, and rather goes through all records in the order of the list, in the hope of
 * meeting enough of them soon. So a few are gathered first and then sorted; only many are met soon.
 */
export function mayBeGathered({ rules }: ListSource, query: ListQueryDto): boolean {
  if (query.asOf !== undefined || isRanked(query)) return false;
  return query.q !== undefined || givenFilters(rules, query).some(({ unordered }) => unordered);
}

/** Whether the list is a search that is sorted by how well the records match. */
const isRanked = ({ q, sort }: ListQueryDto): boolean => q !== undefined && sort === undefined;

const rankKeys = [
  { expression: 'r.rank', descending: true },
  { expression: 'r.id', descending: true },
] as const satisfies SortKey[];

function rowsOf(source: ListSource, { asOf, includeDeleted }: ListQueryDto, parameters: Parameters): Rows {
  return asOf === undefined
    ? currentRows(source, includeDeleted ?? false)
    : pastRows(source, parameters.add(asOf));
}

/** What follows FROM, up to a condition that others may be added to. */
function wantedRows(
  source: ListSource,
  rows: Rows,
  { query, gathered }: ListRequest,
  parameters: Parameters,
): string {
  const wanted = conditionsOf(source, rows, query, parameters);
  if (isRanked(query))
    return `(SELECT r.*, ts_rank(r.search, hms.search_query(${parameters.add(query.q)})) AS rank
        FROM ${rows.from} WHERE ${wanted} ORDER BY r.id DESC LIMIT ${mostRanked}) r WHERE true`;
  // OFFSET keeps PostgreSQL from planning what is within for the order and the limit without.
  if (gathered) return `(SELECT r.* FROM ${rows.from} WHERE ${wanted} OFFSET 0) r WHERE true`;
  return `${rows.from} WHERE ${wanted}`;
}

function conditionsOf(
  { rules }: ListSource,
  rows: Rows,
  query: ListQueryDto,
  parameters: Parameters,
): string {
  const filters = filterConditions(rules, query, rows, parameters).map(rows.where);
  const search =
    query.q === undefined
      ? []
      : [`r.search @@ hms.search_within(${agencyParameter}, hms.search_query(${parameters.add(query.q)}))`];
  return [`r.agency = ${agencyParameter}`, ...rows.conditions, ...filters, ...search].join(' AND ');
}

/** Whether the entries have a member. */
function isShown({ rules }: ListSource, { fields }: ListQueryDto): (member: string) => boolean {
  return fields
    ? (member) => member === 'id' || fields.includes(member)
    : (member) => !rules.large.includes(member);
}
