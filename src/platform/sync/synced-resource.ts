import type { DatabaseName } from '../config/settings.js';
import type { Payload } from './payload.js';

/** What sync must know of a kind of record. */
export interface SyncedResource {
  /** Plural, as in the log and in sync URLs: `policies`. */
  readonly name: string;
  /** Singular, as in event types: `policy` gives `gov.hms.policy.updated`. */
  readonly type: string;
  readonly database: DatabaseName;
  /** Name of its table in schema `public`. */
  readonly table: string;
  /** Undefined: what is sent of a record is its document. */
  readonly payload?: Pick<Payload, 'of'>;
}

/** Token of the resources whose changes are delivered. */
export const syncedResources = Symbol('syncedResources');
