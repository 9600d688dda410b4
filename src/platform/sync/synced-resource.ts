import type { DatabaseName } from '../config/settings.js';

/** What sync must know of a kind of record. */
export interface SyncedResource {
  /** Plural, as in the log and in sync URLs: `policies`. */
  readonly name: string;
  /** Singular, as in event types: `policy` gives `gov.hms.policy.updated`. */
  readonly type: string;
  readonly database: DatabaseName;
  /** Name of its table in schema `public`. */
  readonly table: string;
}

/** Token of the resources whose changes are delivered. */
export const syncedResources = Symbol('syncedResources');
