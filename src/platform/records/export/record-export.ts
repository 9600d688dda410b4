import { Readable } from 'node:stream';
import type { OnModuleDestroy } from '@nestjs/common';
import type { Pool } from 'pg';
import { ProblemError } from '../../http/problems/problem.error.js';
import type { PreparedStatement } from '../record-statements.js';
import type { ExportFormatName } from './export.dto.js';
import { type ExportFormat, exportFormats } from './export-format.js';
import { type ExportSource, exportStatement, pageLimits } from './export-statement.js';

interface ExportRow {
  readonly id: string;
  readonly document: string | null;
  readonly removed: boolean;
}

/** One page, and where the next one begins; undefined: there is none. */
interface ExportPage {
  readonly documents: readonly string[];
  readonly next: string | undefined;
}

/**
 * Writes the living records of an agency as a stream, all as they were at one moment. One page is in memory at a
 * time, and the next is read when the client has taken the last; a connection is used only while a page is read.
 * So neither the number of records nor a slow client costs memory or holds anything up. A client that goes away
 * ends it, and so does a stopping service, by cutting the connection: a part must not look like the whole.
 */
export class RecordExport implements OnModuleDestroy {
  private readonly statement: PreparedStatement;
  private stopping = false;

  /**
   * @param members that the records have of their own, in their order
   * @param writable those of them that clients may write
   */
  constructor(
    source: ExportSource,
    private readonly members: readonly string[],
    private readonly writable: readonly string[],
    private readonly pool: Pool,
  ) {
    this.statement = exportStatement(source);
  }

  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** @param writable leaves out what clients cannot write */
  formatOf(name: ExportFormatName, writable: boolean): ExportFormat {
    return exportFormats[name]({ members: writable ? this.writable : this.members, writable });
  }

  /** Resolves when the first page is read, so that a database that cannot be had is an answer of its own. */
  async open(agency: string, format: ExportFormat): Promise<Readable> {
    const { rows } = await this.pool.query<{ snapshot: string }>(
      'SELECT pg_current_snapshot()::text AS snapshot',
    );
    const snapshot = rows[0]?.snapshot ?? '';
    const first = await this.page(agency, snapshot, '');
    return Readable.from(this.chunks(agency, snapshot, format, first), { objectMode: false });
  }

  private async *chunks(
    agency: string,
    snapshot: string,
    format: ExportFormat,
    first: ExportPage,
  ): AsyncGenerator<string> {
    if (format.header) yield format.header;
    for (let page = first; ;) {
      const text = page.documents.map(format.line).join('');
      if (text) yield text;
      if (page.next === undefined) return;
      if (this.stopping) throw new Error('The service is stopping, so the export was cut off.');
      page = await this.page(agency, snapshot, page.next);
    }
  }

  private async page(agency: string, snapshot: string, after: string): Promise<ExportPage> {
    const values = [agency, snapshot, after];
    const { rows } = await this.pool.query<ExportRow>({ ...this.statement, values });
    const gone = rows.find(({ removed }) => removed);
    if (gone)
      throw new ProblemError(
        'removed',
        `What the record ${gone.id} was when the export began was removed under a retention; begin again.`,
      );
    const documents = rows.flatMap(({ document }) => document ?? []);
    const bytes = documents.reduce((sum, document) => sum + Buffer.byteLength(document), 0);
    const isLast = rows.length < pageLimits.records && bytes < pageLimits.bytes;
    return { documents, next: isLast ? undefined : rows.at(-1)?.id };
  }
}
