import { applyDecorators } from '@nestjs/common';
import { Entity, Index } from 'typeorm';

/**
 * Makes a class the entity of a table of records, with the indexes that `createRecordTable` gives each: by when a
 * record was made and changed, and by its words.
 */
export const RecordTable = (table: string): ClassDecorator =>
  applyDecorators(
    Entity(table),
    Index(`${table}_created_at`, ['agency', 'createdAt', 'id']),
    Index(`${table}_updated_at`, ['agency', 'updatedAt', 'id']),
    Index(`${table}_search`, { synchronize: false }),
  );
