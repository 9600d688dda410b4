import { type ChangeOrigin, changeOrigin } from '../../records/change-origin.js';

/** One entry of the audit trail: who did what, when, from where, and how it ended. */
export interface AuditEntry extends ChangeOrigin {
  readonly occurredAt: string;
  readonly action: string;
  readonly outcome: string;
  readonly resource: string | null;
  readonly recordId: string | null;
  readonly version: number | null;
  readonly agency: string | null;
  readonly actor: string | null;
  readonly login: string;
  readonly application: string | null;
  readonly traceId: string | null;
  readonly route: string | null;
  readonly address: string | null;
}

/** A row of either kind of source. */
export interface AuditRow {
  readonly occurred_at: string;
  readonly seq: string;
  readonly action: string;
  readonly outcome: string;
  readonly resource: string | null;
  readonly record_id: string | null;
  readonly version: number | null;
  /** '' where none is proven. */
  readonly agency: string;
  readonly actor: string | null;
  readonly login: string;
  readonly context: string;
}

/** @param action as the trail names it, such as `policy.updated` */
export function auditEntry(row: AuditRow, action: string): AuditEntry {
  const context = JSON.parse(row.context) as Record<string, string | undefined>;
  const { kind, client, onBehalfOf, requestId, reason } = changeOrigin(context);
  return {
    occurredAt: row.occurred_at,
    action,
    outcome: row.outcome,
    resource: row.resource,
    recordId: row.record_id,
    version: row.version,
    agency: row.agency || null,
    actor: row.actor,
    kind,
    client,
    onBehalfOf,
    login: row.login,
    application: context['application'] ?? null,
    requestId,
    traceId: context['traceparent']?.split('-')[1] ?? null,
    route: context['route'] ?? null,
    address: context['address'] ?? null,
    reason,
  };
}
