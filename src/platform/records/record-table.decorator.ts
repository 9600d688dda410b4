import { applyDecorators } from '@nestjs/common';
import { Entity, Index } from 'typeorm';
import { Checks } from './checks.decorator.js';

/**
 * Makes a class the entity of a table of records, with the constraints and the indexes that `createRecordTable`
 * gives each: by when a record was made and changed, and by its words.
 *
 * @param checks the CHECK constraints of the table, by name
 */
export const RecordTable = (table: string, checks: Readonly<Record<string, string>>): ClassDecorator =>
  applyDecorators(
    Entity(table),
    Index(`${table}_created_at`, ['agency', 'createdAt', 'id']),
    Index(`${table}_updated_at`, ['agency', 'updatedAt', 'id']),
    Index(`${table}_search`, { synchronize: false }),
    Checks(checks),
  );
