import { IntegerField } from '../../http/fields/index.js';

/** The parameters of a diff. */
export class DiffQueryDto {
  @IntegerField({
    description: 'The version to compare with; the one before unless given.',
    min: 1,
    max: 2_147_483_647,
    optional: true,
    fromText: true,
  })
  against?: number;
}
