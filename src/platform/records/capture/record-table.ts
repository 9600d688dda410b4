import type { QueryRunner } from 'typeorm';
import { guardLifeCycle, type GuardedTable, releaseLifeCycle } from '../life-cycle/guard-life-cycle.js';
import { keepSearchWords, releaseSearchWords, type Searched } from '../lists/keep-search-words.js';
import { captureTable, releaseTable } from './capture-table.js';
import type { CapturedColumn, CapturedTable } from './captured-table.js';
import { type ChangeCheck, checkOnChange, releaseChecks } from './check-on-change.js';
import { identifier } from './document-expression.js';

/** A column as it is made. */
export interface TableColumn extends CapturedColumn {
  /** What follows its type: `COLLATE "C" NOT NULL`. */
  readonly options?: string;
}

/** A table of records as the migration that makes it freezes it. */
export interface RecordTableDefinition extends CapturedTable {
  readonly columns: readonly TableColumn[];
  /** Further constraints of the table, as CREATE TABLE has them. */
  readonly constraints?: readonly string[];
  /** What its rows must be, by the names of the constraints. */
  readonly checks: Readonly<Record<string, ChangeCheck>>;
  readonly searched: Searched;
  /** Statements that make the indexes of this table, beside those that each has. */
  readonly indexes: readonly string[];
  readonly lifeCycle?: GuardedTable;
}

/**
 * Makes a table of records: the columns and the key that each has and its own, its constraints, its indexes and the
 * words to find its records by; and puts it under capture. For migrations.
 */
export async function createRecordTable(
  queryRunner: QueryRunner,
  definition: RecordTableDefinition,
): Promise<void> {
  const { table, indexes, checks, lifeCycle, searched } = definition;
  const relation = identifier(table);
  for (const statement of [
    tableStatement(definition),
    `CREATE INDEX ${identifier(`${table}_created_at`)} ON ${relation} (agency, created_at, id)`,
    `CREATE INDEX ${identifier(`${table}_updated_at`)} ON ${relation} (agency, updated_at, id)`,
    ...indexes,
  ])
    await queryRunner.query(statement);
  await checkOnChange(queryRunner, table, checks);
  if (lifeCycle) await guardLifeCycle(queryRunner, lifeCycle);
  await keepSearchWords(queryRunner, table, searched);
  await captureTable(queryRunner, captured(definition));
}

/** Removes the table and what belongs to it; its entries in the log stay. For the way down of a migration. */
export async function dropRecordTable(
  queryRunner: QueryRunner,
  definition: RecordTableDefinition,
): Promise<void> {
  const { table, lifeCycle } = definition;
  await releaseTable(queryRunner, definition);
  await releaseSearchWords(queryRunner, table);
  if (lifeCycle) await releaseLifeCycle(queryRunner, lifeCycle);
  await releaseChecks(queryRunner, table);
  await queryRunner.query(`DROP TABLE ${identifier(table)}`);
}

/** What the log and the service keep of it: the members of the document, and where they are read from. */
const captured = ({ resource, table, revision, columns }: RecordTableDefinition): CapturedTable => ({
  resource,
  table,
  revision,
  columns: columns.map(({ member, column, type }) => ({ member, column, type })),
});

function tableStatement({ table, columns, constraints = [] }: RecordTableDefinition): string {
  const lines = [
    'agency text COLLATE "C" NOT NULL',
    'id text COLLATE "C" NOT NULL',
    'version integer NOT NULL DEFAULT 1',
    'created_at timestamptz NOT NULL DEFAULT now()',
    'updated_at timestamptz NOT NULL DEFAULT now()',
    'deleted_at timestamptz',
    ...columns.map(({ column, type, options = '' }) => `${identifier(column)} ${type} ${options}`.trim()),
    'search tsvector',
    'PRIMARY KEY (agency, id)',
    ...constraints,
  ];
  return `CREATE TABLE ${identifier(table)} (\n  ${lines.join(',\n  ')}\n) WITH (fillfactor = 80)`;
}
