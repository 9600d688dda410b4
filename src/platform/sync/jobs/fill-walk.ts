import { insertCursors, keyOf, lockRecords, readBatch } from './record-batch.js';
import { strideOver } from './stride.js';
import type { Walk } from './sync-job.js';

/**
 * Gives a new target the living records that existed before it. A record that has a cursor was changed since,
 * or was come to before. Deleted ones need none: the target never had them.
 */
export const walkToFill: Walk = async (client, job, batchSize) => {
  const batch = await readBatch(client, job, batchSize);
  const lacking = batch.filter(({ deleted, cursor }) => !deleted && cursor === null);
  const versions = await lockRecords(client, job, lacking);
  const needsNone = new Set(batch.filter((record) => !lacking.includes(record)));
  const { taken, stride } = strideOver(
    job,
    batch,
    batchSize,
    (record) => needsNone.has(record) || versions.has(keyOf(record)),
  );
  const made = taken.flatMap((record) => {
    const version = versions.get(keyOf(record));
    return version === undefined ? [] : [{ ...record, version }];
  });
  await insertCursors(client, job.targetId, made, null);
  return { ...stride, records: made.length };
};
