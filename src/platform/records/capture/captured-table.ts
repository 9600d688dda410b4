/** One member of a record's document and the column it is read from. */
export interface CapturedColumn {
  /** Name in the document, such as `effectiveFrom`. */
  readonly member: string;
  /** Name of the column, such as `effective_from`. */
  readonly column: string;
  /** PostgreSQL type, as `format_type` spells it: `text`, `numeric`, `timestamp with time zone`, … */
  readonly type: string;
}

/**
 * What a migration freezes when it puts a table under capture: the shape of the document, member by
 * member. Written as literals, so that a migration does the same in ten years as today, as long as `documentExpression`
 * gives each type the same form.
 */
export interface CapturedTable {
  /** Name of the resource in the log, such as `policies`. */
  readonly resource: string;
  /** Name of the table in schema `public`. */
  readonly table: string;
  /** Number of this shape of the document; a migration that changes the shape raises it. */
  readonly revision: number;
  /** Every stored column that is not one of `VersionedRecord`'s, in the document's order. */
  readonly columns: readonly CapturedColumn[];
}
