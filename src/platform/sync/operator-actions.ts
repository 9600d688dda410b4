import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import type { RequestContext } from '../auth/request-context.js';

/** What an operator did to the delivery of records. It never holds a secret. */
export interface OperatorAction {
  /** Such as `sync.target.paused`. */
  readonly action: string;
  readonly context: RequestContext;
  /** Name of the resource that is delivered. */
  readonly resource: string;
  /** The agency whose records it concerns; that of the caller unless given. */
  readonly agency?: string | null;
  readonly recordId?: string;
  /** What it was about, and why; the caller's `Change-Reason` unless given. */
  readonly reason?: string;
}

const longestReason = 500;

/** Records what operators do in the audit trail. */
@Injectable()
export class OperatorActions {
  /**
   * Writes the entry in the transaction of the action itself, so that there is none without the other. The
   * form is that of the audit trail's own events.
   *
   * @param client in the transaction, in the database of the resource
   */
  async record(client: Pick<PoolClient, 'query'>, operation: OperatorAction): Promise<void> {
    const { action, context, resource, recordId, agency, reason } = operation;
    const { caller, reason: changeReason, ...origin } = context;
    await client.query(insertStatement, [
      randomUUID(),
      action,
      resource,
      recordId ?? null,
      agency ?? caller.agency,
      caller.subject,
      JSON.stringify({
        kind: caller.kind,
        client: caller.client,
        onBehalfOf: caller.onBehalfOf,
        ...origin,
        reason: (reason ?? changeReason)?.slice(0, longestReason),
      }),
    ]);
  }
}

const insertStatement = `
INSERT INTO hms.security_events (id, occurred_at, action, outcome, resource, record_id, agency, actor, context)
VALUES ($1, clock_timestamp(), $2, 'success', $3, $4, $5, $6, $7)`;
