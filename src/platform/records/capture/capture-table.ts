import type { QueryRunner } from 'typeorm';
import type { CapturedTable } from './captured-table.js';
import { captureStatements } from './capture-statements.js';
import { identifier } from './document-expression.js';

/**
 * Puts a table under capture: from then on every change of a row, by whomever and however it is made,
 * gets a version, a log entry and its pending deliveries in the same transaction. For migrations.
 * Called again with a higher revision after the table's columns changed.
 *
 * @throws if the table has rows and was not under capture before: their history would have no beginning.
 */
export async function captureTable(queryRunner: QueryRunner, table: CapturedTable): Promise<void> {
  const known = await queryRunner.manager.query<unknown[]>(
    'SELECT FROM hms.captured_tables WHERE resource = $1',
    [table.resource],
  );
  if (known.length === 0) await refuseRows(queryRunner, table.table);
  for (const statement of captureStatements(table)) await queryRunner.query(statement);
}

async function refuseRows(queryRunner: QueryRunner, table: string): Promise<void> {
  const rows = await queryRunner.manager.query<unknown[]>(`SELECT FROM public.${identifier(table)} LIMIT 1`);
  if (rows.length > 0)
    throw new Error(
      `Table ${table} has rows. Capture it while it is empty and load the rows afterwards, so that each has a version 1.`,
    );
}

/** Takes a table out of capture again; its log entries stay. For the way down of a migration. */
export async function releaseTable(queryRunner: QueryRunner, table: CapturedTable): Promise<void> {
  await queryRunner.query('DELETE FROM hms.captured_tables WHERE resource = $1', [table.resource]);
  for (const part of ['capture_insert', 'capture_update'])
    await queryRunner.query(`DROP FUNCTION hms.${identifier(`${table.table}_${part}`)} CASCADE`);
  await queryRunner.query(`DROP FUNCTION hms.${identifier(`${table.table}_version`)} CASCADE`);
  await queryRunner.query(`DROP FUNCTION hms.${identifier(`${table.table}_document`)}`);
}
