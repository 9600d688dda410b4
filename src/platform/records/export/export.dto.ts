import { ChoiceField } from '../../http/fields/index.js';

export const exportFormatNames = ['ndjson', 'csv'] as const;
export type ExportFormatName = (typeof exportFormatNames)[number];

/** The parameters of an export. */
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
      'writable: only the id and what clients may write, as an import takes it to make the records elsewhere.',
    default: 'all',
  })
  members: 'all' | 'writable' = 'all';
}
