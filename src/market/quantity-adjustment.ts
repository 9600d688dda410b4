import type { OwnUpdate } from '../platform/records/record-statements.js';

/**
 * Adds `$5` to the quantity of an item, computed from the row as it is under its lock: of any number of
 * clients that take at once, none takes what is not there. Nothing is written where the item has no
 * quantity, or it would fall below zero or above what JSON numbers hold.
 */
export const quantityAdjustment: OwnUpdate = {
  name: 'adjust_quantity',
  set: `availability = jsonb_set(p.availability, '{quantity}', to_jsonb((p.availability ->> 'quantity')::bigint + $5::bigint))`,
  when: `(p.availability ->> 'quantity')::bigint + $5::bigint BETWEEN 0 AND 9007199254740991`,
};
