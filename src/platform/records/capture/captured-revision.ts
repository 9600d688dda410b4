import { isDeepStrictEqual } from 'node:util';
import type { DataSource, EntityTarget } from 'typeorm';
import { StartupError } from '../../config/startup.error.js';
import { type RecordColumn, recordColumns } from '../record-columns.js';
import type { Resource } from '../resource.js';
import type { CapturedColumn } from './captured-table.js';

/**
 * Compares an entity with what the migrations put under capture.
 *
 * @returns the revision of the resource's document
 * @throws {StartupError} naming the columns that differ: their changes would be stored, but not recorded
 */
export async function capturedRevision(dataSource: DataSource, resource: Resource): Promise<number> {
  const rows: { revision: number; columns: CapturedColumn[] }[] = await dataSource.query(
    'SELECT revision, columns FROM hms.captured_tables WHERE resource = $1',
    [resource.name],
  );
  const [captured] = rows;
  const next = (captured?.revision ?? 0) + 1;
  const remedy = `Add the migration that "npm run capture -- ${resource.name} ${next} src/<module>/migrations" writes.`;
  if (!captured) throw new StartupError(`The table of ${resource.name} is not under capture. ${remedy}`);
  const metadata = dataSource.getMetadata(resource.entity as EntityTarget<object>);
  const differing = differences(captured.columns, recordColumns(dataSource, metadata).map(toCaptured));
  if (differing.length > 0)
    throw new StartupError(
      `The entity ${metadata.name} and the document of ${resource.name} differ in: ${differing.join(', ')}. ${remedy}`,
    );
  return captured.revision;
}

/** The part of a column that a migration freezes. */
export const toCaptured = ({ member, column, type }: RecordColumn): CapturedColumn => ({
  member,
  column,
  type,
});

function differences(captured: readonly CapturedColumn[], declared: readonly CapturedColumn[]): string[] {
  const names = [...without(captured, declared), ...without(declared, captured)].map(({ member }) => member);
  return [...new Set(names)];
}

/** The columns that are not among others. */
function without(columns: readonly CapturedColumn[], others: readonly CapturedColumn[]): CapturedColumn[] {
  return columns.filter((column) => !others.some((other) => isDeepStrictEqual(column, other)));
}
