import type { Pool } from 'pg';
import type { RequestContext } from '../../auth/request-context.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import { asked } from '../constraint-problem.js';
import type { LogHorizon } from '../history/log-horizon.js';
import { type PageTotal, RecordPage } from '../record-document.js';
import type { RecordProblems } from '../record-problems.js';
import type { Resource } from '../resource.js';
import { ListCursors } from './list-cursor.js';
import { requireDeletedAllowed } from './deleted-records.js';
import type { ListQueryDto } from './list-query.dto.js';
import type { ListSource } from './list-rows.js';
import {
  countStatement,
  type ListRequest,
  type ListRow,
  listStatement,
  mayBeGathered,
} from './list-statement.js';

/** Most records that are counted. */
const mostCounted = 10_000;
/** Most records that are gathered before they are sorted. */
const mostGathered = 1_000;

/**
 * The lists of the records of a resource, page by page. While records are made and deleted, a record that was there
 * all the time is on exactly one page, unless the values that the list is sorted by change.
 */
export class RecordLists {
  constructor(
    private readonly resource: Pick<Resource, 'name' | 'path'>,
    private readonly source: ListSource,
    private readonly pool: Pool,
    private readonly problems: RecordProblems,
    private readonly horizon: LogHorizon,
  ) {}

  /** @throws {ProblemError} `invalid-parameter`, `insufficient-scope`; with `asOf` also `removed` */
  async page(context: RequestContext, query: ListQueryDto): Promise<RecordPage> {
    this.assertAllowed(context, query);
    const { agency } = context.caller;
    const cursors = new ListCursors(this.resource.path, agency, query);
    const place = query.cursor === undefined ? undefined : cursors.decode(query.cursor);
    const request = { agency, query, place };
    const { provisional, rows, total } = await asked(async () => ({
      provisional: query.asOf !== undefined && (await this.horizon.isProvisional(query.asOf)),
      rows: await this.rows(request),
      total: await this.total(request),
    }));
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    const documents = page.map(({ document }) => {
      if (document === null) throw this.problems.pastOfListRemoved();
      return document;
    });
    const nextCursor = last && last.found > page.length ? cursors.encode(last.place) : null;
    return new RecordPage(
      documents,
      { limit: query.limit, nextCursor, ...(total && { total }) },
      provisional,
    );
  }

  private assertAllowed({ caller }: RequestContext, query: ListQueryDto): void {
    requireDeletedAllowed(this.resource, caller, query);
    if (query.asOf === undefined) return;
    const given = (['sort', 'q', 'total', 'includeDeleted'] as const).filter((name) => query[name]);
    if (given.length > 0)
      throw new ProblemError(
        'invalid-parameter',
        `Lists with asOf are by id, and of all records of then; leave out ${given.join(' and ')}.`,
      );
  }

  private async rows(request: ListRequest): Promise<readonly ListRow[]> {
    const gathered =
      mayBeGathered(this.source, request.query) && (await this.count(request, mostGathered)) <= mostGathered;
    return (await this.pool.query<ListRow>(listStatement(this.source, { ...request, gathered }))).rows;
  }

  private async total(request: ListRequest): Promise<PageTotal | undefined> {
    if (!request.query.total) return undefined;
    const found = await this.count(request, mostCounted);
    return { count: Math.min(found, mostCounted), capped: found > mostCounted };
  }

  /** How many records there are on all pages, up to one more than `most`. */
  private async count(request: ListRequest, most: number): Promise<number> {
    const statement = countStatement(this.source, request, most);
    const { rows } = await this.pool.query<{ count: number }>(statement);
    return rows[0]?.count ?? 0;
  }
}
