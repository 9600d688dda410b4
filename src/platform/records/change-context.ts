import type { RequestContext } from '../auth/request-context.js';

/**
 * What the log keeps of the circumstances of a change, as the JSON text of `hms.context`. The trigger reads
 * `actor` and `agency` and stores the whole text with the change.
 */
export function changeContext({ caller, ...request }: RequestContext): string {
  return JSON.stringify({
    actor: caller.subject,
    agency: caller.agency,
    kind: caller.kind,
    client: caller.client,
    onBehalfOf: caller.onBehalfOf,
    requestId: request.requestId,
    route: request.route,
    address: request.address,
    reason: request.reason,
    traceparent: request.traceparent,
  });
}
