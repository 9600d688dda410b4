import type { CapturedColumn, CapturedTable } from './captured-table.js';

/** An instant as RFC 3339 in UTC with microseconds, whatever the session's `TimeZone` and `DateStyle`. */
const instant = (expression: string): string =>
  quoted(`to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`);

/** Of a text that has nothing to escape. */
const quoted = (expression: string): string => `'"' || ${expression} || '"'`;

/** For what JSON writes as SQL does. The type is said once more, as a column of another one would not be JSON. */
const bare =
  (type: string) =>
  (expression: string): string =>
    `${expression}::${type}::text`;

const json = (expression: string): string => `to_json(${expression})::text`;

/**
 * The one table of how a column's type appears in a document: SQL of its JSON text, null where the column is. Numbers
 * that JavaScript cannot hold exactly are strings. Types not named here are refused, so that nothing gets a form by
 * accident.
 */
const formByType: Record<string, (expression: string) => string> = {
  text: json,
  boolean: bare('boolean'),
  smallint: bare('smallint'),
  integer: bare('integer'),
  date: json,
  jsonb: bare('jsonb'),
  'text[]': json,
  uuid: json,
  bigint: (expression) => quoted(bare('bigint')(expression)),
  numeric: (expression) => quoted(bare('numeric')(expression)),
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

/**
 * The SQL expression of the text of a JSON object. `json_build_object` would look up the type of every value with
 * every call.
 *
 * @param members each with SQL of its JSON text, or of null
 */
export function jsonObject(members: readonly (readonly [member: string, expression: string])[]): string {
  const parts = members.flatMap(([member, expression], index) => [
    literal(`${index === 0 ? '{' : ','}${JSON.stringify(member)}:`),
    `coalesce(${expression}, 'null')`,
  ]);
  return concatenation([...parts, `'}'`]);
}

/** In halves: from left to right, a long text would be copied once for each part after it. */
function concatenation(parts: readonly string[]): string {
  if (parts.length === 1) return parts.join('');
  const middle = Math.ceil(parts.length / 2);
  return `(${concatenation(parts.slice(0, middle))}\n || ${concatenation(parts.slice(middle))})`;
}

/** The members of the document of the record `r`, each with SQL of its JSON text, or of null. */
export function documentMembers(table: DocumentColumns): [member: string, expression: string][] {
  return [
    ['id', json('r.id')],
    ['agency', json('r.agency')],
    ['version', bare('integer')('r.version')],
    ...table.columns.map((column): [string, string] => [column.member, columnExpression(table, column)]),
    ['createdAt', instant('r.created_at')],
    ['updatedAt', instant('r.updated_at')],
    ['deleted', bare('boolean')('(r.deleted_at IS NOT NULL)')],
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
