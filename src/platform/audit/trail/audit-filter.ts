import { ProblemError } from '../../http/problems/problem.error.js';
import type { AuditQueryDto } from './audit-query.dto.js';
import type { AuditedResource } from './audited-resource.js';

/** What may have happened to a record. */
export const changeActions = ['created', 'updated', 'deleted', 'restored'] as const;

/** Which entries are wanted; undefined members do not matter. */
export interface AuditFilter {
  readonly category?: string | undefined;
  readonly actor?: string | undefined;
  /** Name of a resource. */
  readonly resource?: string | undefined;
  readonly recordId?: string | undefined;
  /** As the source stores it: `updated` or `access.denied`. */
  readonly action?: string | undefined;
  /** Not older than this instant. */
  readonly from?: string | undefined;
  /** Older than this instant. */
  readonly to?: string | undefined;
}

/**
 * Reads the filter of a request. An action such as `policy.updated` is one of a resource, so it is also a
 * filter by resource; any other, such as `access.denied`, is one of a security event.
 *
 * @throws {ProblemError} `invalid-parameter` for a resource that there is not, or an action that it cannot have
 */
export function auditFilter(query: AuditQueryDto, resources: readonly AuditedResource[]): AuditFilter {
  const { action, actor, record: recordId, from, to } = query;
  const names = resources.map(({ name }) => name);
  const resource = query.resource === undefined ? undefined : oneOf('resource', query.resource, names);
  const filter = { category: query.category, actor, resource, recordId, from, to };
  if (action === undefined) return filter;
  const [type] = action.split('.');
  const changed = resources.find((candidate) => candidate.type === type);
  if (!changed) return narrowed(filter, { action, category: 'security' });
  const known = changeActions.map((change) => `${type}.${change}`);
  const change = oneOf('action', action, known).slice(changed.type.length + 1);
  return narrowed(filter, { action: change, resource: changed.name, category: 'change' });
}

/** Two values for one member agree with no entry. */
function narrowed(filter: AuditFilter, by: AuditFilter): AuditFilter {
  const contradicts =
    (by.category !== undefined && filter.category !== undefined && by.category !== filter.category) ||
    (by.resource !== undefined && filter.resource !== undefined && by.resource !== filter.resource);
  const resource = by.resource ?? filter.resource;
  return { ...filter, ...by, resource, ...(contradicts && { category: 'none' }) };
}

function oneOf(parameter: string, value: string, known: readonly string[]): string {
  if (known.includes(value)) return value;
  throw new ProblemError('invalid-parameter', `${parameter}: Must be one of ${known.join(', ')}.`);
}
