import type { Pool } from 'pg';
import type { RequestContext } from '../auth/request-context.js';
import type { ProblemError } from '../http/problems/problem.error.js';
import { asked } from './constraint-problem.js';
import type { LogHorizon } from './history/log-horizon.js';
import { RecordDocument } from './record-document.js';
import type { RecordProblems } from './record-problems.js';
import type { RecordStatements } from './record-statements.js';

interface PastRow {
  readonly version: number;
  readonly document: string;
  readonly revision: number;
}

/** What the records of a resource were at an instant. */
export class RecordPast {
  constructor(
    private readonly pool: Pool,
    private readonly statements: RecordStatements,
    private readonly problems: RecordProblems,
    private readonly horizon: LogHorizon,
  ) {}

  /** @throws {ProblemError} `not-found`: there was no such record then; `removed`: what it was is gone */
  async get({ caller }: RequestContext, id: string, asOf: string): Promise<RecordDocument> {
    const values = [caller.agency, id, asOf];
    const { provisional, rows } = await asked(async () => ({
      provisional: await this.horizon.isProvisional(asOf),
      rows: (await this.pool.query<PastRow>({ ...this.statements.readAsOf, values })).rows,
    }));
    const [row] = rows;
    if (!row) throw await this.noPast(values, id);
    const headers = provisional ? { Provisional: 'true' } : {};
    return new RecordDocument(id, row.version, row.document, row.revision, headers);
  }

  private async noPast(values: unknown[], id: string): Promise<ProblemError> {
    const { rows } = await this.pool.query<{ removed: boolean }>({
      ...this.statements.isPastRemoved,
      values,
    });
    return rows[0]?.removed ? this.problems.pastRemoved(id) : this.problems.notFound(id);
  }
}
