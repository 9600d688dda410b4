import type { Pool } from 'pg';
import { identifier, literal } from '../capture/document-expression.js';
import { decodeCursor, encodeCursor } from '../../http/paging/cursor.js';
import type { ManifestDto, ManifestEntryDto } from './feed.dto.js';

/** What is asked of the manifest. */
export interface ManifestRequest {
  /** Undefined: the records of all agencies, and each says whose it is. */
  readonly agency: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

type ManifestRow = Required<ManifestEntryDto>;

const isKey = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9][\w-]{0,62}\/[A-Za-z0-9][\w.~-]{0,63}$/.test(value);

/**
 * The version and the hash of every record of a resource, deleted ones included, so that whoever holds copies can
 * compare them.
 */
export class Manifest {
  constructor(
    private readonly resource: string,
    private readonly table: string,
    private readonly pool: Pool,
  ) {}

  /** A page in the order of the key. @throws {ProblemError} `invalid-parameter` */
  async page({ agency, limit, cursor }: ManifestRequest): Promise<ManifestDto> {
    const [afterAgency = '', afterId = ''] =
      cursor === undefined ? [] : decodeCursor(cursor, isKey).split('/');
    const { rows } = await this.pool.query<ManifestRow>(this.statement(agency), [
      agency ?? afterAgency,
      afterId,
      limit + 1,
    ]);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    const items =
      agency === undefined
        ? page
        : page.map(({ id, version, sha256, deleted }) => ({ id, version, sha256, deleted }));
    return { items, page: { limit, nextCursor: last ? encodeCursor(`${last.agency}/${last.id}`) : null } };
  }

  /** The key begins with the agency: a range within one agency is read without passing over the others. */
  private statement(agency: string | undefined): string {
    const range = agency === undefined ? '(p.agency, p.id) > ($1, $2)' : 'p.agency = $1 AND p.id > $2';
    return `SELECT p.id, p.agency, p.version, encode(sha256(convert_to(c.document, 'UTF8')), 'hex') AS sha256,
  p.deleted_at IS NOT NULL AS deleted
FROM (SELECT p.agency, p.id, p.version, p.deleted_at FROM public.${identifier(this.table)} p
  WHERE ${range} ORDER BY p.agency, p.id LIMIT $3) p
JOIN hms.changes c ON c.resource = ${literal(this.resource)} AND c.agency = p.agency AND c.record_id = p.id
  AND c.version = p.version
ORDER BY p.agency, p.id`;
  }
}
