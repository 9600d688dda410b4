import { randomUUID } from 'node:crypto';
import type { SecurityEvent } from '../../auth/security-events.js';
import { recordIdPattern } from '../../http/fields/index.js';
import type { AuditedResource } from './audited-resource.js';
import type { SuppressedEvents } from './event-limiter.js';

/** A row of hms.security_events, as far as the service fills it. */
export interface SecurityEventRow {
  readonly id: string;
  readonly occurred_at: string;
  readonly action: string;
  readonly outcome: string;
  readonly resource: string | null;
  readonly record_id: string | null;
  readonly agency: string;
  readonly actor: string | null;
  readonly context: string;
}

/** Parameter: rows as JSON. A batch whose answer was lost may have been stored: sent again, it changes nothing. */
export const insertEventsStatement = {
  name: 'security_events_insert',
  text: `INSERT INTO hms.security_events
  (id, occurred_at, action, outcome, resource, record_id, agency, actor, context)
SELECT id, occurred_at, action, outcome, resource, record_id, agency, actor, context
FROM json_to_recordset($1::json) AS r(id uuid, occurred_at timestamptz, action text, outcome text,
  resource text, record_id text, agency text, actor text, context text)
ON CONFLICT (id) DO NOTHING`,
};

const longestReason = 500;

/** @param now milliseconds since 1970 */
export function eventRow(
  { action, outcome, origin, caller, recordId, reason }: SecurityEvent,
  resources: readonly AuditedResource[],
  now: number,
): SecurityEventRow {
  const isId = recordId !== undefined && recordIdPattern.test(recordId);
  return {
    id: randomUUID(),
    occurred_at: new Date(now).toISOString(),
    action,
    outcome,
    resource: resourceOf(origin.route, resources) ?? null,
    record_id: isId ? recordId : null,
    agency: caller?.agency ?? '',
    actor: caller?.subject ?? null,
    context: JSON.stringify({
      kind: caller?.kind,
      client: caller?.client,
      onBehalfOf: caller?.onBehalfOf,
      ...origin,
      reason: reason?.slice(0, longestReason),
    }),
  };
}

/** The one row that stands for the events that were not written. */
export function summaryRow(suppressed: SuppressedEvents): SecurityEventRow {
  const { action, outcome, agency, count, since, until } = suppressed;
  const instants = [since, until].map((instant) => new Date(instant).toISOString());
  return {
    id: randomUUID(),
    occurred_at: new Date(until).toISOString(),
    action: 'events.suppressed',
    outcome,
    resource: null,
    record_id: null,
    agency,
    actor: null,
    context: JSON.stringify({
      reason: `${count} more ${action} from ${instants.join(' to ')}: too many to write each.`,
    }),
  };
}

/** The resource whose route it is: `PUT /api/policies/:id` is one of policies. */
function resourceOf(route: string, resources: readonly AuditedResource[]): string | undefined {
  const path = route.slice(route.indexOf(' ') + 1);
  return resources.find(({ path: own }) => new RegExp(`^/api/${own}(?=[/:]|$)`).test(path))?.name;
}
