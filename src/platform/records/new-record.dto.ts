import { RecordIdField } from '../http/fields/index.js';

/** The member that may be sent with every new record, beside those of its resource. */
export abstract class NewRecordDto {
  @RecordIdField({
    description: 'Id of the record; made by the server if absent or null.',
    example: '123',
    optional: true,
  })
  id?: string;
}
