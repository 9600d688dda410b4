import type { Resource } from '../../records/resource.js';

/** What the audit trail must know of a resource. */
export type AuditedResource = Pick<Resource, 'name' | 'type' | 'path' | 'database'>;

/** Token of the list of all audited resources. */
export const auditedResources = Symbol('audited resources');
