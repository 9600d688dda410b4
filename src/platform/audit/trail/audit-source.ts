import type { Pool } from 'pg';
import { prepared } from '../../records/record-statements.js';
import { type AuditEntry, auditEntry, type AuditRow } from './audit-entry.js';
import type { AuditFilter } from './audit-filter.js';
import type { AuditPosition } from './audit-position.js';
import {
  agenciesStatement,
  type AuditTable,
  entriesStatement,
  isSelective,
  reachStatement,
} from './audit-statements.js';

/** What is asked of the audit trail. */
export interface AuditRequest {
  /** Undefined: all, and what belongs to none. */
  readonly agency?: string | undefined;
  readonly filter: AuditFilter;
}

/** An entry, with its place. */
export interface PlacedEntry {
  readonly position: AuditPosition;
  readonly entry: AuditEntry;
}

/** What one source has to give for a page. */
export interface SourceSlice {
  readonly entries: readonly PlacedEntry[];
  /** Entries are known down to this place and no further; undefined: to the end, or to the last of them. */
  readonly reach?: AuditPosition | undefined;
}

/** How much one read gives, and how much it costs at most. */
export interface ReadSize {
  /** Most entries. */
  readonly limit: number;
  /** Most rows of a source that are looked at. */
  readonly window: number;
}

/** Fewest rows of an agency, where many agencies share the window. */
const smallestWindow = 100;

/** One table of entries in one database. */
export class AuditSource {
  constructor(
    private readonly table: AuditTable,
    private readonly pool: Pool,
    private readonly types: ReadonlyMap<string, string>,
  ) {}

  /** Whether the table may hold entries that pass the filter. */
  serves({ category, resource }: AuditFilter): boolean {
    const changes = this.table.relation === 'hms.changes';
    if (category !== undefined && category !== (changes ? 'change' : 'security')) return false;
    return !changes || resource === undefined || this.table.resources.includes(resource);
  }

  /** The newest matching entries before a place. */
  async read(
    { agency, filter }: AuditRequest,
    before: AuditPosition | undefined,
    { limit, window }: ReadSize,
  ): Promise<SourceSlice> {
    const agencies = agency === undefined ? await this.agencies() : [agency];
    const share = Math.max(smallestWindow, limit, Math.floor(window / Math.max(1, agencies.length)));
    const slice = { agencies, filter, before, limit, window: share };
    const { text, values } = entriesStatement(this.table, slice);
    const { rows } = await this.pool.query<AuditRow>({
      ...prepared(this.table.relation, 'trail', text),
      values,
    });
    const entries = rows.map((row) => this.placed(row));
    if (!isSelective(this.table, filter)) return { entries };
    const reach = reachStatement(this.table, slice);
    const ends = await this.pool.query<AuditRow>({
      ...prepared(this.table.relation, 'reach', reach.text),
      values: reach.values,
    });
    return { entries, reach: ends.rows[0] && this.position(ends.rows[0]) };
  }

  private async agencies(): Promise<string[]> {
    const { rows } = await this.pool.query<{ agency: string }>(agenciesStatement(this.table));
    return rows.map(({ agency }) => agency);
  }

  private placed(row: AuditRow): PlacedEntry {
    const changes = this.table.relation === 'hms.changes';
    const type = this.types.get(row.resource ?? '') ?? row.resource;
    return {
      position: this.position(row),
      entry: auditEntry(row, changes ? `${type}.${row.action}` : row.action),
    };
  }

  private position({ occurred_at, seq }: Pick<AuditRow, 'occurred_at' | 'seq'>): AuditPosition {
    return { instant: occurred_at, source: this.table.rank, seq: Number(seq) };
  }
}
