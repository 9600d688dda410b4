import { csvLine } from '../../http/csv.js';
import { parseKeepingNumbers } from '../../http/exact-numbers.js';
import { ndjsonType } from '../../http/route-body.js';
import type { ExportFormatName } from './export.dto.js';

/** How documents become text. */
export interface ExportFormat {
  readonly mediaType: string;
  readonly extension: ExportFormatName;
  readonly header: string;
  /** @param document the record's JSON text */
  readonly line: (document: string) => string;
}

/** The members of a document that an export is to hold, in the order of a CSV line. */
export interface ExportShape {
  readonly members: readonly string[];
  /** They are all that the document has. */
  readonly whole: boolean;
}

export const exportFormats: Readonly<Record<ExportFormatName, (shape: ExportShape) => ExportFormat>> = {
  ndjson: ({ members, whole }) => ({
    mediaType: ndjsonType,
    extension: 'ndjson',
    header: '',
    line: whole ? (document) => `${document}\n` : lineOf(new Set(members)),
  }),
  csv: ({ members }) => ({
    mediaType: 'text/csv; charset=utf-8; header=present',
    extension: 'csv',
    header: csvLine(members),
    line: (document) => {
      const record = documentOf(document);
      return csvLine(members.map((member) => cellOf(record[member])));
    },
  }),
};

const documentOf = (text: string) => parseKeepingNumbers(text) as Readonly<Record<string, unknown>>;

function lineOf(members: ReadonlySet<string>): (document: string) => string {
  return (document) => {
    const entries = Object.entries(documentOf(document)).filter(([member]) => members.has(member));
    return `${JSON.stringify(Object.fromEntries(entries))}\n`;
  };
}

/** Objects and lists stand in their cell as JSON. */
function cellOf(value: unknown): string | number | null {
  if (typeof value === 'string' || typeof value === 'number') return value;
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** The format that an `Accept` header names first; NDJSON where it names none of them. */
export function formatAccepted(accept: string | undefined): ExportFormatName {
  const named = /application\/x-ndjson|text\/csv/i.exec(accept ?? '')?.[0].toLowerCase();
  return named === 'text/csv' ? 'csv' : 'ndjson';
}
