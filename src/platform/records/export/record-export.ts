import { Readable } from 'node:stream';
import type { OnModuleDestroy } from '@nestjs/common';
import type { Pool, QueryConfig } from 'pg';
import type { RequestContext } from '../../auth/request-context.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import { asked } from '../constraint-problem.js';
import type { LogHorizon } from '../history/log-horizon.js';
import { requireDeletedAllowed } from '../lists/deleted-records.js';
import type { ListSource } from '../lists/list-rows.js';
import type { Resource } from '../resource.js';
import type { ExportFormatName, ExportQueryDto } from './export.dto.js';
import { type ExportFormat, exportFormats } from './export-format.js';
import { type ExportMembers, exportShape } from './export-members.js';
import { exportStatement, pageLimits } from './export-statement.js';

interface ExportRow {
  readonly id: string;
  readonly document: string | null;
  /** Of what was looked at. */
  readonly bytes: number;
  readonly removed: boolean;
}

/** One page, and where the next one begins; undefined: there is none. */
interface ExportPage {
  readonly documents: readonly string[];
  readonly next: string | undefined;
}

/** An export whose first page is read. */
export interface OpenExport {
  readonly stream: Readable;
  /** It is as of an instant, of which a transaction that is still open may yet change what there was. */
  readonly provisional: boolean;
}

/**
 * Writes records of an agency as a stream, all as they were at one moment. One page is in memory at a
 * time, and the next is read when the client has taken the last; a connection is used only while a page is read.
 * So neither the number of records nor a slow client costs memory or holds anything up. A client that goes away
 * ends it, and so does a stopping service, by cutting the connection: a part must not look like the whole.
 */
export class RecordExport implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly resource: Pick<Resource, 'name'>,
    private readonly source: ListSource,
    private readonly members: ExportMembers,
    private readonly pool: Pool,
    private readonly horizon: LogHorizon,
  ) {}

  onModuleDestroy(): void {
    this.stopping = true;
  }

  /**
   * Decides what the lines of an export are.
   *
   * @throws {ProblemError} `insufficient-scope`, `invalid-parameter`
   */
  formatOf({ caller }: RequestContext, query: ExportQueryDto, name: ExportFormatName): ExportFormat {
    requireDeletedAllowed(this.resource, caller, query);
    return exportFormats[name](exportShape(this.members, query));
  }

  /**
   * Resolves when the first page is read, so that a database that cannot be had is an answer of its own.
   *
   * @throws {ProblemError} `invalid-parameter`, `removed`
   */
  async open(
    { caller: { agency } }: RequestContext,
    query: ExportQueryDto,
    format: ExportFormat,
  ): Promise<OpenExport> {
    const provisional = query.asOf !== undefined && (await this.horizon.isProvisional(query.asOf));
    const { rows } = await this.pool.query<{ snapshot: string }>(
      'SELECT pg_current_snapshot()::text AS snapshot',
    );
    const statement = exportStatement(this.source, { agency, snapshot: rows[0]?.snapshot ?? '', query });
    const pageAfter = (id: string): Promise<ExportPage> => this.page(statement(id));
    const first = await asked(() => pageAfter(''));
    // While pages hold nothing that is wanted, only a look at the stream tells that nobody reads it any more.
    const isRead = (): boolean => !stream.destroyed;
    const stream = Readable.from(this.chunks(pageAfter, format, first, isRead), { objectMode: false });
    return { stream, provisional };
  }

  private async *chunks(
    pageAfter: (id: string) => Promise<ExportPage>,
    format: ExportFormat,
    first: ExportPage,
    isRead: () => boolean,
  ): AsyncGenerator<string> {
    if (format.header) yield format.header;
    for (let page = first; ;) {
      const text = page.documents.map(format.line).join('');
      if (text) yield text;
      if (page.next === undefined || !isRead()) return;
      if (this.stopping) throw new Error('The service is stopping, so the export was cut off.');
      page = await pageAfter(page.next);
    }
  }

  private async page(statement: QueryConfig): Promise<ExportPage> {
    const { rows } = await this.pool.query<ExportRow>(statement);
    const gone = rows.find(({ removed }) => removed);
    if (gone)
      throw new ProblemError(
        'removed',
        `What the record ${gone.id} was at the moment of the export was removed under a retention; begin again, for a later moment.`,
      );
    const documents = rows.flatMap(({ document }) => document ?? []);
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
    const isLast = rows.length < pageLimits.records && bytes < pageLimits.bytes;
    return { documents, next: isLast ? undefined : rows.at(-1)?.id };
  }
}
