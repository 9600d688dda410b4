import { IntersectionType } from '@nestjs/swagger';
import { ChoiceField, InstantField, RecordIdField, TextField } from '../../http/fields/index.js';
import { PageQueryDto } from '../../http/paging/page-query.dto.js';

/** The filters of the audit trail. */
export class AuditQueryDto {
  @ChoiceField(['change', 'security'], {
    description: 'Only changes of records, or only security events.',
    optional: true,
  })
  category?: string;

  @TextField({
    description: 'Only what this actor did: the subject of a token, or login:<name> for plain SQL.',
    max: 300,
    optional: true,
  })
  actor?: string;

  @TextField({
    description: 'Only what concerns this resource.',
    max: 100,
    optional: true,
    example: 'policies',
  })
  resource?: string;

  @RecordIdField({ description: 'Only what concerns records with this id.', optional: true })
  record?: string;

  @TextField({
    description: 'Only this action, such as policy.updated, access.denied or sync.target.paused.',
    max: 100,
    pattern: /^[a-z][a-z-]*(\.[a-z][a-z-]*){1,2}$/,
    patternMeans: 'two or three words with dots between them',
    optional: true,
    example: 'policy.updated',
  })
  action?: string;

  @InstantField({ description: 'Only what happened at this instant or later.', optional: true })
  from?: string;

  @InstantField({ description: 'Only what happened before this instant.', optional: true })
  to?: string;

  @TextField({
    description:
      'The agency whose entries are wanted. Another than your own needs the scope platform:audit; with that ' +
      'scope, and without this parameter, the entries of all agencies are given, and those that belong to none.',
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    patternMeans: 'letters, digits, - and _, starting with a letter or a digit',
    max: 63,
    optional: true,
  })
  agency?: string;
}

/** The parameters of a page of the audit trail. */
export class AuditPageQueryDto extends IntersectionType(PageQueryDto, AuditQueryDto) {}

/** The parameters of an export of the audit trail. */
export class AuditExportQueryDto extends AuditQueryDto {
  @ChoiceField(['ndjson', 'csv'], {
    description: 'One JSON object a line, or comma-separated values with a header (RFC 4180).',
    default: 'ndjson',
  })
  format: 'ndjson' | 'csv' = 'ndjson';
}
