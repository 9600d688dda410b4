import { ApiProperty } from '@nestjs/swagger';
import { ChoiceField, IntegerField, TextField, TimestampField } from '../../http/fields/index.js';
import { PageDto } from '../../http/paging/page.dto.js';
import { ChangeOriginDto } from '../../records/change-origin.dto.js';
import type { AuditEntry } from './audit-entry.js';

/** One entry of the audit trail. */
export class AuditEntryDto extends ChangeOriginDto implements AuditEntry {
  @TimestampField({ description: 'When it happened.' })
  occurredAt: string;

  @TextField({
    description: 'What was done or tried, such as policy.updated, access.denied, authentication.failed.',
    example: 'policy.updated',
  })
  action: string;

  @ChoiceField(['success', 'denied', 'failed'], { description: 'How it ended.', example: 'success' })
  outcome: string;

  @TextField({ description: 'The resource it concerns.', nullable: true, example: 'policies' })
  resource: string | null;

  @TextField({ description: 'The record it concerns.', nullable: true, example: '123' })
  recordId: string | null;

  @IntegerField({ description: 'The version that a change made.', nullable: true, example: 2 })
  version: number | null;

  @TextField({
    description: 'The agency of the record or of the actor; null where none is proven.',
    nullable: true,
    example: 'hhs',
  })
  agency: string | null;

  @TextField({
    description:
      'Who did it: the subject of the token, or login:<name> for plain SQL; null where nobody is proven.',
    nullable: true,
    example: 'ada',
  })
  actor: string | null;

  @TextField({ description: 'The login of the database session that wrote it.', example: 'hms_app' })
  login: string;

  @TextField({
    description: 'What the session of plain SQL called itself.',
    nullable: true,
    example: null,
  })
  application: string | null;

  @TextField({
    description: 'Id of the trace (W3C Trace Context) that the request belongs to.',
    nullable: true,
    example: '0af7651916cd43dd8448eb211c80319c',
  })
  traceId: string | null;

  @TextField({
    description: 'HTTP method and route.',
    nullable: true,
    example: 'PUT /api/policies/:id',
  })
  route: string | null;

  @TextField({ description: 'Address that the request came from.', nullable: true, example: '192.0.2.7' })
  address: string | null;
}

/** A page of the audit trail. */
export class AuditPageDto {
  @ApiProperty({ type: [AuditEntryDto], description: 'The entries, newest first.' })
  items: AuditEntry[];

  @ApiProperty({ type: PageDto })
  page: PageDto;
}
