import { IntegerField } from '../../platform/http/fields/index.js';

/** What a client sends to add to the quantity of an item, or to take from it. */
export class AdjustAvailabilityDto {
  @IntegerField({
    description: 'By how much; below zero to take.',
    min: -1_000_000_000,
    max: 1_000_000_000,
    example: -1,
  })
  by: number;
}
