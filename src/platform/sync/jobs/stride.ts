import type { RecordKey, Stride, SyncJob } from './sync-job.js';

/**
 * How far a walk got that could not take every record of its batch.
 *
 * @param batch keys in their order
 * @param isTaken whether nobody held it
 * @returns the records before the first that was held, and where to go on
 */
export function strideOver<Key extends RecordKey>(
  job: SyncJob,
  batch: readonly Key[],
  batchSize: number,
  isTaken: (key: Key) => boolean,
): { taken: readonly Key[]; stride: Omit<Stride, 'records'> } {
  const held = batch.findIndex((key) => !isTaken(key));
  const taken = held === -1 ? batch : batch.slice(0, held);
  const last = taken.at(-1);
  const after = last ? { agency: last.agency, id: last.id } : job.after;
  return { taken, stride: { after, atEnd: held === -1 && batch.length < batchSize } };
}
