import { IntegerField, RecordIdsField, TextField } from '../../http/fields/index.js';

/** Which dead letters are to be sent again. */
export class RetryDeadLettersDto {
  @IntegerField({ description: 'Id of the target.', min: 1, max: 2_147_483_647, example: 1 })
  target: number;

  @RecordIdsField({
    description: 'Only the records with these ids; all of them unless given.',
    optional: true,
    example: ['123'],
  })
  recordIds?: string[] | null;

  @IntegerField({
    description: 'Only those whose last answer had this HTTP status.',
    min: 100,
    max: 999,
    optional: true,
    example: 422,
  })
  status?: number | null;
}

/** Which dead letters are to be passed over. */
export class SkipDeadLettersDto extends RetryDeadLettersDto {
  @TextField({
    description: 'Why the target may go without these versions. It is kept in the audit trail.',
    min: 1,
    max: 300,
    example: 'Entered there by hand, ticket 4711',
  })
  reason: string;
}
