import type { CapturedColumn, CapturedTable } from './captured-table.js';

/** An instant as RFC 3339 in UTC with microseconds, whatever the session's `TimeZone` and `DateStyle`. */
const instant = (expression: string): string =>
  `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * The one table of how a column's type appears in a document. Numbers that JavaScript cannot hold exactly
 * are strings. Types not named here are refused, so that nothing gets a form by accident.
 */
const formByType: Record<string, (expression: string) => string> = {
  text: (expression) => expression,
  boolean: (expression) => expression,
  smallint: (expression) => expression,
  integer: (expression) => expression,
  date: (expression) => expression,
  jsonb: (expression) => expression,
  'text[]': (expression) => expression,
  uuid: (expression) => expression,
  bigint: (expression) => `${expression}::text`,
  numeric: (expression) => `${expression}::text`,
  'timestamp with time zone': instant,
};

/** Quotes an SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Quotes an SQL string. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

type DocumentColumns = Pick<CapturedTable, 'table' | 'columns'>;

/** The SQL expression that makes the document of the record `r` of a captured table. */
export function documentExpression(table: DocumentColumns): string {
  return jsonObject(documentMembers(table));
}

/** The SQL expression that makes an object of members and their expressions. */
export function jsonObject(members: readonly (readonly [member: string, expression: string])[]): string {
  const pairs = members.map(([member, expression]) => `${literal(member)}, ${expression}`);
  return `json_build_object(\n    ${pairs.join(',\n    ')})`;
}

/** The members of the document of the record `r`, each with its SQL expression. */
export function documentMembers(table: DocumentColumns): [member: string, expression: string][] {
  return [
    ['id', 'r.id'],
    ['agency', 'r.agency'],
    ['version', 'r.version'],
    ...table.columns.map((column): [string, string] => [column.member, columnExpression(table, column)]),
    ['createdAt', instant('r.created_at')],
    ['updatedAt', instant('r.updated_at')],
    ['deleted', 'r.deleted_at IS NOT NULL'],
  ];
}

function columnExpression(table: DocumentColumns, { column, type }: CapturedColumn): string {
  // numeric(12,2) and numeric are one form.
  const form = formByType[type.replace(/\(.*?\)/, '')];
  if (!form)
    throw new Error(
      `Column ${table.table}.${column} has type ${type}, which no document can hold. ` +
        `Use one of: ${Object.keys(formByType).join(', ')}.`,
    );
  return form(`r.${identifier(column)}`);
}
