import { Readable } from 'node:stream';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { AuditEntry } from './audit-entry.js';
import type { AuditRequest } from './audit-source.js';
import { type AuditPage, AuditTrail } from './audit-trail.js';
import { csvLine } from '../../http/csv.js';

/** How entries become text. */
export interface ExportFormat {
  readonly mediaType: string;
  readonly extension: string;
  readonly header: string;
  readonly line: (entry: AuditEntry) => string;
}

/** The columns of a CSV export, in order. */
const columns = [
  'occurredAt',
  'action',
  'outcome',
  'resource',
  'recordId',
  'version',
  'agency',
  'actor',
  'kind',
  'client',
  'onBehalfOf',
  'login',
  'application',
  'requestId',
  'traceId',
  'route',
  'address',
  'reason',
] as const satisfies (keyof AuditEntry)[];

export const exportFormats: Readonly<Record<'ndjson' | 'csv', ExportFormat>> = {
  ndjson: {
    mediaType: 'application/x-ndjson',
    extension: 'ndjson',
    header: '',
    line: (entry) => `${JSON.stringify(entry)}\n`,
  },
  csv: {
    mediaType: 'text/csv; charset=utf-8; header=present',
    extension: 'csv',
    header: csvLine(columns),
    line: (entry) => csvLine(columns.map((column) => entry[column])),
  },
};

/** Of each source, so many entries are in memory at once. */
const batch = { limit: 500, window: 20_000 };

/**
 * Writes the audit trail as a stream. One batch is in memory at a time, and the next is read when the client
 * has taken the last, so neither the length of the trail nor a slow client costs memory. A client that goes away
 * ends it, and so does a stopping service, by cutting the connection: a part must not look like the whole.
 */
@Injectable()
export class AuditExport implements OnModuleDestroy {
  private stopping = false;

  constructor(private readonly trail: AuditTrail) {}

  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** Resolves when the first batch is read, so that a database that cannot be had is an answer of its own. */
  async open(request: AuditRequest, format: ExportFormat): Promise<Readable> {
    const first = await this.trail.page(request, undefined, batch);
    return Readable.from(this.chunks(request, format, first), { objectMode: false });
  }

  private async *chunks(
    request: AuditRequest,
    format: ExportFormat,
    first: AuditPage,
  ): AsyncGenerator<string> {
    let page = first;
    if (format.header) yield format.header;
    for (;;) {
      const text = page.entries.map(({ entry }) => format.line(entry)).join('');
      if (text) yield text;
      if (page.next === undefined) return;
      if (this.stopping) throw new Error('The service is stopping, so the export was cut off.');
      page = await this.trail.page(request, page.next, batch);
    }
  }
}
