import type { IdempotencyKey } from '../http/idempotency-key.js';
import type { Caller } from './caller.js';

/** Which request: what is known of it without knowing who makes it. */
export interface RequestOrigin {
  /** Id of the request, as in its answer's `X-Request-Id` and in the log. */
  readonly requestId: string;
  /** HTTP method and route pattern, such as `PUT /api/policies/:id`. */
  readonly route: string;
  /** Address of the connection's other end. */
  readonly address: string;
  /** W3C trace context of the request. */
  readonly traceparent?: string;
}

/** Who asks, and in which request: what a read is scoped by and what a write records. */
export interface RequestContext extends RequestOrigin {
  readonly caller: Caller;
  /** Why, in the words of the client's `Change-Reason` header. */
  readonly reason?: string;
  /** Only where the client has preferences (`Prefer`): what the request has committed, added by whoever did it. */
  readonly committed?: CommittedChange[];
  /** Only of a POST that has one: by what name its client may send it again. */
  readonly idempotencyKey?: IdempotencyKey;
  /** The client wants to know what its write would come to; nothing may be stored. */
  readonly validateOnly?: true;
}

/** One version of a record that was committed. */
export interface CommittedChange {
  /** Plural, as in the log. */
  readonly resource: string;
  readonly agency: string;
  readonly id: string;
  readonly version: number;
}
