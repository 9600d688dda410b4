import {
  BooleanField,
  IntegerField,
  RecordIdField,
  TextField,
  TimestampField,
} from '../http/fields/index.js';

/** The members that every record has. Clients may send them back, but not change them. */
export class RecordMembersDto {
  @RecordIdField({ description: 'Unique within the agency; never changes.', example: '123' })
  id: string;

  @TextField({ description: 'The agency that owns the record.', max: 63, example: 'hhs' })
  agency: string;

  @IntegerField({ description: '1 for a new record, one more with every change.', example: 2, min: 1 })
  version: number;

  @TimestampField({ description: 'When the record was made.' })
  createdAt: string;

  @TimestampField({ description: 'When the newest version was made.' })
  updatedAt: string;

  @BooleanField({
    description: 'Whether the record is deleted; true only in what is sent to other systems.',
    example: false,
  })
  deleted: boolean;
}
