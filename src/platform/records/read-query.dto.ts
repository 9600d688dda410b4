import { InstantField } from '../http/fields/index.js';

/** The parameters of every read of one record. */
export class ReadQueryDto {
  @InstantField({
    description: 'The record as it was at this instant, even if it has been deleted since.',
    optional: true,
  })
  asOf?: string;
}
