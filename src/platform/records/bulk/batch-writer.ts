import type { Pool } from 'pg';
import type { DataSource, EntityTarget } from 'typeorm';
import type { RequestContext } from '../../auth/request-context.js';
import { codeOf } from '../../database/error-details.js';
import { pgPool } from '../../database/pg-pool.js';
import { inTransaction } from '../../database/pg-transaction.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import type { ChangeSignal } from '../../sync/change-signal.js';
import { changeContext } from '../change-context.js';
import { recordColumns } from '../record-columns.js';
import { RecordProblems } from '../record-problems.js';
import type { MissingReferences, RecordReferences } from '../record-references.js';
import type { Resource } from '../resource.js';
import type { VersionedRecord } from '../versioned-record.entity.js';
import { batchStatements } from './batch-statements.js';
import { type Batch, type BatchTable, BatchTransaction, MadeMeanwhile } from './batch-transaction.js';
import type { RecordWrite, WriteOutcome } from './record-write.js';

/** What a batch writer works with. */
export interface BatchMeans {
  readonly dataSource: DataSource;
  readonly signal: ChangeSignal;
  readonly references: RecordReferences;
  /** Whether every write must say why. */
  readonly reasonRequired: boolean;
}

/** Times that a batch is tried. Of two that wait for each other PostgreSQL ends one, and the other goes on. */
const mostAttempts = 5;
/** SQLSTATE of a transaction that was ended since it and another one waited for each other. */
const deadlock = '40P01';

/**
 * Writes many records of one resource in one transaction, with a few statements for all of them. Each record is
 * treated as by a single write: its own precondition, the rules of the table, a version, a log entry, pending
 * deliveries.
 *
 * The records are locked in the order of their keys before anything is written, so that two batches wait for each
 * other in turn rather than in a circle. What remains (two that want each other's codes) the database finds, and
 * one of them is tried again.
 */
export class BatchWriter {
  private readonly pool: Pool;
  private readonly table: BatchTable;

  constructor(
    private readonly resource: Resource,
    private readonly means: BatchMeans,
  ) {
    const metadata = means.dataSource.getMetadata(resource.entity as EntityTarget<VersionedRecord>);
    const columns = recordColumns(means.dataSource, metadata);
    this.pool = pgPool(means.dataSource);
    this.table = {
      resource,
      columns,
      statements: batchStatements(metadata.tableName, columns),
      problems: new RecordProblems(resource),
    };
  }

  /**
   * Does what can be done of the writes; or, if they are atomic, all of them or nothing. Where one depends on
   * another, such as on a code that is given away, it comes after that one in the list.
   *
   * @param writes of different records
   * @returns what became of each, in their order; of atomic ones with a problem among them, nothing is written
   * @throws {ProblemError} `change-reason-required`
   */
  async write(
    context: RequestContext,
    writes: readonly RecordWrite[],
    { atomic }: { readonly atomic: boolean },
  ): Promise<WriteOutcome[]> {
    if (this.means.reasonRequired && context.reason === undefined) throw this.table.problems.reasonRequired();
    if (writes.length === 0) return [];
    const { agency } = context.caller;
    const missing = await this.missingReferences(agency, writes);
    const batch = { context: changeContext(context), agency, writes, missing };
    const outcomes = await this.tried(batch, atomic);
    if (!(atomic && outcomes.some(isProblem))) this.announce(context, writes, outcomes);
    return outcomes;
  }

  private async tried(batch: Batch, atomic: boolean, attempt = 1): Promise<WriteOutcome[]> {
    try {
      return await inTransaction(this.pool, async (client) => {
        const outcomes = await new BatchTransaction(client, this.table, batch).run();
        if (atomic && outcomes.some(isProblem)) throw new NothingWritten(outcomes);
        return outcomes;
      });
    } catch (error) {
      if (error instanceof NothingWritten) return error.outcomes;
      const passes = codeOf(error) === deadlock || error instanceof MadeMeanwhile;
      if (!passes || attempt === mostAttempts) throw error;
      return this.tried(batch, atomic, attempt + 1);
    }
  }

  /** Looked for before the transaction: within it, a second connection might never come free. */
  private async missingReferences(
    agency: string,
    writes: readonly RecordWrite[],
  ): Promise<MissingReferences> {
    const { references = [], name } = this.resource;
    const members = writes.map((write) => write.members);
    const missing = await this.means.references.missingAmong(references, agency, members);
    // A record that the batch itself makes is there when the table's foreign key looks for it.
    const made = new Set(writes.flatMap(({ kind, id }) => (kind === 'delete' ? [] : id)));
    return new Map(
      [...missing].map(([reference, ids]) => [
        reference,
        reference.resource === name ? new Set([...ids].filter((id) => !made.has(id))) : ids,
      ]),
    );
  }

  /** Wakes the delivery, and notes what was committed for a client that waits for it. */
  private announce(
    { caller: { agency }, committed }: RequestContext,
    writes: readonly RecordWrite[],
    outcomes: readonly WriteOutcome[],
  ): void {
    this.means.signal.notify(this.resource.database);
    for (const [index, outcome] of outcomes.entries()) {
      const id = writes[index]?.id;
      if (id === undefined || isProblem(outcome)) continue;
      committed?.push({ resource: this.resource.name, agency, id, version: outcome.version });
    }
  }
}

/** Undoes the transaction of an atomic batch. */
class NothingWritten extends Error {
  constructor(readonly outcomes: WriteOutcome[]) {
    super('An atomic batch has a problem, so nothing of it is written.');
  }
}

const isProblem = (outcome: WriteOutcome): outcome is ProblemError => outcome instanceof ProblemError;
