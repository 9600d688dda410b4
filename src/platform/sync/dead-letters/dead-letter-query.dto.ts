import { IntegerField, TextField } from '../../http/fields/index.js';
import { PageQueryDto } from '../../http/paging/page-query.dto.js';

/** The parameters of a page of dead letters. */
export class DeadLetterQueryDto extends PageQueryDto {
  @IntegerField({
    description: 'Only those of the target with this id.',
    min: 1,
    max: 2_147_483_647,
    optional: true,
    fromText: true,
  })
  target?: number;

  @IntegerField({
    description: 'Only those whose last answer had this HTTP status.',
    min: 100,
    max: 999,
    optional: true,
    fromText: true,
  })
  status?: number;

  @TextField({
    description: 'Only those whose last attempt failed for exactly this reason, such as timeout.',
    max: 200,
    optional: true,
    example: 'timeout',
  })
  error?: string;
}
