export { changeRecord } from './change-record.js';
export { createHmsClient, type HmsClient, type HmsClientOptions } from './hms-client.js';
export { listAll } from './list-all.js';
export { type Problem, ProblemError, unwrap } from './problem.error.js';
export type { RetryOptions } from './retry.js';
export type { components, operations, paths, webhooks } from './schema.js';
