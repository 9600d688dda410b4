import type { DataSource, EntityMetadata } from 'typeorm';
import type { CapturedColumn } from './capture/captured-table.js';
import { VersionedRecord } from './versioned-record.entity.js';

/** A member of a record that clients may write, and its column. */
export interface RecordColumn extends CapturedColumn {
  /** What the member is when a client leaves it out or sends null; undefined: null is stored. */
  readonly defaultValue: unknown;
}

/** Members that the platform gives every record. Clients may send them back, but not change them. */
export const readOnlyMembers = ['id', 'agency', 'version', 'createdAt', 'updatedAt', 'deleted'] as const;

const platformProperties = new Set<string>([...readOnlyMembers, 'deletedAt'] satisfies (
  keyof VersionedRecord | 'deleted'
)[]);

/**
 * The columns of an entity that are members, beside those of `VersionedRecord`, in the order of their declaration.
 * A column that is generated, or declared with `select: false`, is none.
 */
export function recordColumns(dataSource: DataSource, metadata: EntityMetadata): RecordColumn[] {
  return metadata.columns
    .filter(
      ({ propertyName, generatedType, isSelect }) =>
        !platformProperties.has(propertyName) && !generatedType && isSelect,
    )
    .map((column) => ({
      member: column.propertyName,
      column: column.databaseName,
      type: dataSource.driver.normalizeType(column) + (column.isArray ? '[]' : ''),
      // One in SQL is not known here, and not used: a write names every column.
      defaultValue: typeof column.default === 'function' ? undefined : column.default,
    }));
}

/**
 * The members as columns, as `jsonb_populate_record` reads them.
 *
 * @param complete of a new record, for which null is the same as left out: such a member gets its default, and is left
 *   out where there is none; without it, null becomes the default and what is left out stays as it is
 */
export function columnValues(
  columns: readonly RecordColumn[],
  members: object,
  complete: boolean,
): Record<string, unknown> {
  const given = members as Record<string, unknown>;
  const values: Record<string, unknown> = {};
  for (const { member, column, defaultValue } of columns) {
    const value = given[member];
    if (value !== undefined && value !== null) values[column] = value;
    else if (complete && defaultValue !== undefined) values[column] = defaultValue;
    else if (!complete && value === null) values[column] = defaultValue ?? null;
  }
  return values;
}
