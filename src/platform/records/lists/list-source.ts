import type { DataSource, EntityTarget } from 'typeorm';
import { recordColumns } from '../record-columns.js';
import type { Resource } from '../resource.js';
import { checkListRules } from './check-list-rules.js';
import type { ListSource } from './list-rows.js';

/**
 * What the lists of a resource are of.
 *
 * @throws as {@link checkListRules}
 */
export function listSource(
  dataSource: DataSource,
  { name, entity, lists }: Pick<Resource, 'name' | 'entity' | 'lists'>,
): ListSource {
  const metadata = dataSource.getMetadata(entity as EntityTarget<object>);
  const columns = recordColumns(dataSource, metadata);
  const source = { resource: name, table: metadata.tableName, columns, rules: lists };
  checkListRules(source, (member) => metadata.findColumnWithPropertyName(member)?.isNullable ?? false);
  return source;
}
