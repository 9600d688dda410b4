/** What one problem code means: the HTTP status it is sent with and the title that goes with it. */
interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/**
 * Every problem the API can answer with. The codes are part of the contract: clients branch on them, so
 * one is never renamed or given another status. `docs/errors.md` explains each; a test holds the two equal.
 */
export const problemCatalogue = {
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'invalid-parameter': { status: 400, title: 'A parameter has a value it cannot have' },
  'unknown-parameter': { status: 400, title: 'A parameter is not known here' },
  unauthenticated: { status: 401, title: 'A valid token is needed' },
  'insufficient-scope': { status: 403, title: 'The token does not allow this' },
  'not-found': { status: 404, title: 'Nothing is here' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'not-acceptable': { status: 406, title: 'There is no answer of a type that the request accepts' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  'already-exists': { status: 409, title: 'A record with this id exists' },
  'not-deleted': { status: 409, title: 'The record is not deleted' },
  deleted: { status: 409, title: 'A deleted record has this id' },
  'name-taken': { status: 409, title: 'Another one has this name' },
  'too-many-targets': { status: 409, title: 'There are as many targets as there may be' },
  'configured-target': { status: 409, title: 'The environment of the service says what the target is' },
  'not-unique': { status: 409, title: 'Another record has this value' },
  'invalid-transition': { status: 409, title: 'The record does not go from its state to that one' },
  'separation-of-duties': { status: 409, title: 'Somebody else must take this step' },
  'insufficient-quantity': { status: 409, title: 'The quantity does not allow this' },
  'idempotency-in-progress': { status: 409, title: 'A request with this key is under way' },
  'not-checkpointed': { status: 409, title: 'No signed checkpoint is over the version yet' },
  'job-under-way': { status: 409, title: 'The target has a job under way' },
  'target-detached': { status: 409, title: 'The target was paused for too long' },
  'cursor-expired': { status: 410, title: 'The feed cannot be read on from here' },
  removed: { status: 410, title: 'It was removed under a retention rule' },
  'precondition-failed': { status: 412, title: 'The record has another version' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body has a type that is not read here' },
  'expectation-failed': { status: 417, title: 'An expectation of the request cannot be met' },
  'validation-failed': { status: 422, title: 'The content is not valid' },
  'read-only-member': { status: 422, title: 'A member that clients cannot change was given another value' },
  'operation-refused': { status: 422, title: 'An operation cannot be done, so none was' },
  'change-reason-required': { status: 422, title: 'A reason for the change is needed' },
  'idempotency-mismatch': { status: 422, title: 'Another request had this key' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  'not-delivering': { status: 503, title: 'Nothing is sent from here' },
  'secret-unavailable': { status: 503, title: 'The service lacks a key for its secrets' },
  unavailable: { status: 503, title: 'The service cannot do this right now' },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemCatalogue;
