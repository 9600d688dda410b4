import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, IntegerField, TextField } from '../../http/fields/index.js';

export const deliveryStates = ['delivered', 'pending', 'backing-off', 'held', 'paused'] as const;

/** How far one external system has got with a record. */
export class RecordTargetStatusDto {
  @TextField({ description: 'Name of the target.', example: 'grants' })
  name: string;

  @IntegerField({ description: 'The newest version that it has accepted; 0: none.', example: 6 })
  deliveredVersion: number;

  @IntegerField({ description: 'The newest version that it is to get.', example: 7 })
  latestVersion: number;

  @ChoiceField(deliveryStates, {
    description:
      'delivered: it has the newest version. pending: it gets the next one now. backing-off: it gets it again after ' +
      'a pause, since it failed. held: it refused a version for good, and an operator has to look. paused: it gets ' +
      'nothing for the time being.',
    example: 'backing-off',
  })
  state: (typeof deliveryStates)[number];

  @TextField({
    description: 'Instant of the oldest change that it lacks; null: it has all.',
    nullable: true,
    example: '2025-06-30T12:34:56.789012Z',
  })
  pendingSince: string | null;

  @IntegerField({
    description: 'HTTP status of its last answer; null: there was none.',
    nullable: true,
    example: 503,
  })
  lastStatus: number | null;
}

/** Which external systems have which version of a record. */
export class SyncStatusDto {
  @TextField({ description: 'Id of the record.', example: '123' })
  id: string;

  @IntegerField({ description: 'Its newest version.', example: 7 })
  version: number;

  @ApiProperty({
    type: [RecordTargetStatusDto],
    description: 'The external systems that get this record, by name.',
  })
  targets: RecordTargetStatusDto[];
}
