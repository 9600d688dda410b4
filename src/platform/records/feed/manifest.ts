import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { identifier, literal } from '../capture/document-expression.js';
import { decodeCursor, encodeCursor } from '../../http/paging/cursor.js';
import { dataOf, PayloadError } from '../../sync/payload.js';
import type { SyncedResource } from '../../sync/synced-resource.js';
import type { ManifestDto, ManifestEntryDto } from './feed.dto.js';

/** Documents that are in memory at once while payloads are made of them. */
const documentsAtOnce = 25;

/** What is asked of the manifest. */
export interface ManifestRequest {
  /** Undefined: the records of all agencies, and each says whose it is. */
  readonly agency: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** An entry before it is shown. */
type Entry = Required<ManifestEntryDto>;

type Key = Pick<Entry, 'agency' | 'id'>;

const isKey = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9][\w-]{0,62}\/[A-Za-z0-9][\w.~-]{0,63}$/.test(value);

/**
 * The version and the hash of every record of a resource, deleted ones included, so that whoever holds copies can
 * compare them. The hash is of what is sent: of the document, or of the payload that the resource makes of it.
 */
export class Manifest {
  constructor(
    private readonly resource: Pick<SyncedResource, 'name' | 'table' | 'payload'>,
    private readonly pool: Pool,
  ) {}

  /** A page in the order of the key. @throws {ProblemError} `invalid-parameter` */
  async page({ agency, limit, cursor }: ManifestRequest): Promise<ManifestDto> {
    const [afterAgency = '', afterId = ''] =
      cursor === undefined ? [] : decodeCursor(cursor, isKey).split('/');
    const after = { agency: agency ?? afterAgency, id: afterId };
    const entries = this.resource.payload
      ? await this.payloads(agency, after, limit + 1)
      : await this.rows<Entry>(`encode(sha256(convert_to(c.document, 'UTF8')), 'hex') AS sha256`, {
          agency,
          after,
          limit: limit + 1,
        });
    const page = entries.slice(0, limit);
    const last = entries.length > limit ? page.at(-1) : undefined;
    const items =
      agency === undefined
        ? page
        : page.map(({ id, version, sha256, deleted }) => ({ id, version, sha256, deleted }));
    return { items, page: { limit, nextCursor: last ? encodeCursor(`${last.agency}/${last.id}`) : null } };
  }

  /** The same where the database does not know what is sent. */
  private async payloads(agency: string | undefined, after: Key, limit: number): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (;;) {
      const most = Math.min(limit - entries.length, documentsAtOnce);
      const rows = await this.rows<Omit<Entry, 'sha256'> & { readonly document: string }>('c.document', {
        agency,
        after: entries.at(-1) ?? after,
        limit: most,
      });
      for (const { document, ...entry } of rows) entries.push({ ...entry, sha256: this.hashOf(document) });
      if (rows.length < most || entries.length === limit) return entries;
    }
  }

  /** Where no payload can be made, the hash of no bytes, which that of a copy never is. */
  private hashOf(document: string): string {
    const hash = createHash('sha256');
    try {
      return hash.update(dataOf(this.resource, document)).digest('hex');
    } catch (error) {
      if (error instanceof PayloadError) return hash.digest('hex');
      throw error;
    }
  }

  /**
   * The key begins with the agency: a range within one agency is read without passing over the others.
   *
   * @param column of the log's entry of the newest version
   */
  private async rows<Row extends Key>(
    column: string,
    { agency, after, limit }: { agency: string | undefined; after: Key; limit: number },
  ): Promise<Row[]> {
    const range = agency === undefined ? '(p.agency, p.id) > ($1, $2)' : 'p.agency = $1 AND p.id > $2';
    const { rows } = await this.pool.query<Row>(
      `SELECT p.id, p.agency, p.version, p.deleted_at IS NOT NULL AS deleted, ${column}
FROM (SELECT p.agency, p.id, p.version, p.deleted_at FROM public.${identifier(this.resource.table)} p
  WHERE ${range} ORDER BY p.agency, p.id LIMIT $3) p
JOIN hms.changes c ON c.resource = ${literal(this.resource.name)} AND c.agency = p.agency AND c.record_id = p.id
  AND c.version = p.version
ORDER BY p.agency, p.id`,
      [after.agency, after.id, limit],
    );
    return rows;
  }
}
