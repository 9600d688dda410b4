import { syncedResourceOf } from '../../records/resource-lists.js';
import type { Resource } from '../../records/resource.js';
import type { DatabaseName } from '../../config/settings.js';

/** Where the records of a resource are. */
export interface AuditedTable {
  /** Name of the resource in the log. */
  readonly name: string;
  /** Name of the table in schema `public`. */
  readonly table: string;
  readonly database: DatabaseName;
}

export function auditedTables(resources: readonly Resource[]): AuditedTable[] {
  return resources.map(syncedResourceOf).map(({ name, table, database }) => ({ name, table, database }));
}
