import type { PoolClient } from 'pg';
import type { SyncedResource } from '../synced-resource.js';

export const jobKinds = ['fill', 'resync', 'replay'] as const;
export const jobStates = ['running', 'done', 'cancelled'] as const;
export type JobKind = (typeof jobKinds)[number];
export type JobState = (typeof jobStates)[number];

/** A place in a record table, in the order of its key. */
export interface RecordKey {
  readonly agency: string;
  readonly id: string;
}

/** Work on the records of a target, as a step of it needs to know it. */
export interface SyncJob {
  readonly id: number;
  readonly kind: JobKind;
  readonly targetId: number;
  readonly resource: SyncedResource;
  /** Whose records the target gets; null: everybody's. */
  readonly agency: string | null;
  /** The last record that is done. */
  readonly after: RecordKey;
  /** What a replay begins with: an instant (RFC 3339), or a version. */
  readonly since: string | null;
  readonly sinceVersion: number | null;
  /** The one record that a replay is of; null: all. */
  readonly record: RecordKey | null;
}

/** What a step of a job has done. */
export interface Stride {
  /** Records that were marked to be sent. */
  readonly records: number;
  /** The last record that is done. */
  readonly after: RecordKey;
  readonly atEnd: boolean;
}

/**
 * Does the next records of one kind of job, as many as `batchSize` at most, in the transaction of `client`. It
 * waits for no lock. A record that somebody holds ends the stride, and begins the next one.
 */
export type Walk = (client: PoolClient, job: SyncJob, batchSize: number) => Promise<Stride>;
