import type { Pool } from 'pg';
import type { RequestContext } from '../../auth/request-context.js';
import type { PageQueryDto } from '../../http/paging/page-query.dto.js';
import type { ProblemError } from '../../http/problems/problem.error.js';
import { RecordDocument } from '../record-document.js';
import { RecordProblems } from '../record-problems.js';
import type { Resource } from '../resource.js';
import { differences, parseDocument, patchOf } from './json-difference.js';
import { decodeCursor, encodeCursor } from '../../http/paging/cursor.js';
import { missingVersion } from './removed-version.js';
import type { VersionDiffDto, VersionPageDto } from './version.dto.js';
import { type ChangeRow, versionSummaries } from './version-summary.js';

interface VersionRow {
  readonly version: number;
  readonly document: string;
  readonly revision: number;
}

/** The largest number that a version can have. */
const lastVersion = 2_147_483_647;

const isVersion = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) <= lastVersion;

/**
 * What the log holds of the records of one resource, for the agency of the caller. Deleted records keep
 * their history. Another agency's record is answered exactly as one that does not exist.
 */
export class RecordHistory {
  private readonly problems: RecordProblems;

  constructor(
    private readonly resource: Pick<Resource, 'name' | 'type' | 'path'>,
    private readonly pool: Pool,
  ) {
    this.problems = new RecordProblems(resource);
  }

  /** The versions of a record, newest first. @throws {ProblemError} `not-found` */
  async versions(context: RequestContext, id: string, query: PageQueryDto): Promise<VersionPageDto> {
    const { limit, cursor } = query;
    const before = cursor === undefined ? lastVersion : decodeCursor(cursor, isVersion);
    // One more than fits: it tells what the last of the page changed, and whether there is another page.
    const { rows } = await this.pool.query<ChangeRow>({
      ...versionsStatement,
      values: [this.resource.name, context.caller.agency, id, before, limit + 1],
    });
    if (rows.length === 0 && !(await this.exists(context, id))) throw this.problems.notFound(id);
    const items = versionSummaries(rows, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return { items, page: { limit, nextCursor: last ? encodeCursor(last.version) : null } };
  }

  /** The record as it was in a version. @throws {ProblemError} `not-found`, `removed` */
  async version(context: RequestContext, id: string, version: number): Promise<RecordDocument> {
    const [row] = await this.read(context, id, [version]);
    if (!row) throw await this.missing(context, id, version);
    return new RecordDocument(id, row.version, row.document, row.revision);
  }

  /** What differs between two versions. @throws {ProblemError} `not-found`, `removed` */
  async diff(context: RequestContext, id: string, version: number, against: number): Promise<VersionDiffDto> {
    const rows = await this.read(context, id, [against, version]);
    const documentOf = async (wanted: number): Promise<ReturnType<typeof parseDocument>> => {
      // Before the first version there was nothing.
      if (wanted === 0) return {};
      const row = rows.find((candidate) => candidate.version === wanted);
      if (!row) throw await this.missing(context, id, wanted);
      return parseDocument(row.document);
    };
    const changes = differences(await documentOf(against), await documentOf(version));
    return { from: against, to: version, patch: patchOf(changes), changes };
  }

  private async exists(context: RequestContext, id: string): Promise<boolean> {
    const { rows } = await this.pool.query({
      ...versionsStatement,
      values: [this.resource.name, context.caller.agency, id, lastVersion, 1],
    });
    return rows.length > 0;
  }

  private missing(
    { caller: { agency } }: RequestContext,
    id: string,
    version: number,
  ): Promise<ProblemError> {
    return missingVersion(this.pool, this.problems, { resource: this.resource.name, agency, id, version });
  }

  private async read(
    context: RequestContext,
    id: string,
    versions: readonly number[],
  ): Promise<VersionRow[]> {
    const { rows } = await this.pool.query<VersionRow>({
      ...readStatement,
      values: [this.resource.name, context.caller.agency, id, versions],
    });
    return rows;
  }
}

const versionsStatement = {
  name: 'history_versions',
  text: `SELECT version, action, actor, context, document,
  to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS changed_at
FROM hms.changes WHERE resource = $1 AND agency = $2 AND record_id = $3 AND version < $4
ORDER BY version DESC LIMIT $5`,
};

const readStatement = {
  name: 'history_read',
  text: `SELECT version, document, schema_revision AS revision
FROM hms.changes WHERE resource = $1 AND agency = $2 AND record_id = $3 AND version = ANY ($4::int[])`,
};
