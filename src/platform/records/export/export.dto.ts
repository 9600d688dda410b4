import type { Type } from '@nestjs/common';
import { BooleanField, ChoiceField, InstantField } from '../../http/fields/index.js';
import { addFields, fieldsField, filterFields } from '../lists/list-query-of.js';
import type { Resource } from '../resource.js';

export const exportFormatNames = ['ndjson', 'csv'] as const;
export type ExportFormatName = (typeof exportFormatNames)[number];

/** The parameters of every export. `exportQueryOf` adds those that the lists of a resource allow. */
export class ExportQueryDto {
  @ChoiceField(exportFormatNames, {
    description:
      'One JSON document a line, or comma-separated values with a header (RFC 4180). Unless given, the one that ' +
      'Accept names first, else ndjson.',
    optional: true,
  })
  format?: ExportFormatName | null;

  @ChoiceField(['all', 'writable'], {
    description:
      'writable: only the id and what clients may write, as an import takes it to make the records elsewhere. Not ' +
      'with fields or includeDeleted.',
    default: 'all',
  })
  members: 'all' | 'writable' = 'all';

  @InstantField({
    description:
      'The records as they were at this instant, those that have been deleted since included. Not with includeDeleted.',
    optional: true,
  })
  asOf?: string;

  @BooleanField({
    description: 'Deleted records as well. Needs the scope that restoring them needs.',
    optional: true,
    fromText: true,
  })
  includeDeleted?: boolean;

  /** Members that the records shall have. */
  fields?: readonly string[];
}

/** The class of the query parameters of a resource's exports: its filters are those of its lists. */
export function exportQueryOf({
  document,
  lists,
}: Pick<Resource, 'document' | 'lists'>): Type<ExportQueryDto> {
  class ResourceExportQueryDto extends ExportQueryDto {}
  addFields(ResourceExportQueryDto, {
    fields: fieldsField(document as Type<object>, 'all'),
    ...filterFields(lists),
  });
  return ResourceExportQueryDto;
}
