import type { Pool, PoolClient } from 'pg';
import type { DataSource, EntityTarget } from 'typeorm';
import type { RequestContext } from '../../auth/request-context.js';
import { codeOf } from '../../database/error-details.js';
import { pgPool } from '../../database/pg-pool.js';
import { inTransaction, inUndoneTransaction } from '../../database/pg-transaction.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import type { ChangeSignal } from '../../sync/change-signal.js';
import { changeContext } from '../change-context.js';
import { recordColumns } from '../record-columns.js';
import { RecordProblems } from '../record-problems.js';
import type { MissingReferences, RecordReferences } from '../record-references.js';
import type { Resource } from '../resource.js';
import type { VersionedRecord } from '../versioned-record.entity.js';
import { KeptAnswer } from '../writing/kept-answer.js';
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

/** One of the records of a batch, with the version that it has now. */
interface BatchRecord {
  readonly id: string;
  readonly version: number;
}

/** What is kept of an answer beside its body. */
interface KeptBatch {
  readonly written: readonly BatchRecord[];
}

/** An answer to a request with an idempotency key. */
export interface OnceAnswer {
  readonly body: string;
  /** It is that of an earlier request. */
  readonly isReplay: boolean;
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
   * Does what can be done of the writes, if its request wants them done: with `validateOnly` they are undone. Where
   * one depends on another, such as on a code that is given away, it comes after that one in the list.
   *
   * @param writes of different records
   * @param answerTo makes an answer of what became of each, in their order. What it throws undoes them all.
   * @throws {ProblemError} `change-reason-required`
   */
  async write<Answer>(
    context: RequestContext,
    writes: readonly RecordWrite[],
    answerTo: (outcomes: readonly WriteOutcome[]) => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const batch = await this.batchOf(context, writes);
    if (writes.length === 0) return answerTo([]);
    const transaction = context.validateOnly ? inUndoneTransaction : inTransaction;
    const { answer, written } = await this.tried(transaction, async (client) => {
      const outcomes = await new BatchTransaction(client, this.table, batch).run();
      return { answer: await answerTo(outcomes), written: writtenRecords(writes, outcomes) };
    });
    if (!context.validateOnly) this.committed(context, written);
    return answer;
  }

  /**
   * As {@link write}, once for the idempotency key of the request: in one transaction with the answer, which the same
   * request then gets again. An answer of which nothing was done is not kept.
   *
   * @param answerTo makes the text of the answer
   * @throws {ProblemError} also `idempotency-in-progress`, `idempotency-mismatch`
   */
  async writeOnce(
    context: RequestContext,
    writes: readonly RecordWrite[],
    answerTo: (outcomes: readonly WriteOutcome[]) => string,
  ): Promise<OnceAnswer> {
    if (writes.length === 0) return { body: answerTo([]), isReplay: false };
    const key = new KeptAnswer<KeptBatch>(context);
    const { body, written, isReplay } = await this.tried(inTransaction, async (client) => {
      const kept = await key.find(client);
      if (kept) return { body: kept.body, written: kept.about.written, isReplay: true };
      // Not before: what it looks at, in the other database too, may have changed or be gone since the first time.
      const batch = await this.batchOf(context, writes);
      const outcomes = await new BatchTransaction(client, this.table, batch).run();
      const parts = { body: answerTo(outcomes), about: { written: writtenRecords(writes, outcomes) } };
      if (parts.about.written.length > 0) await key.keep(client, parts);
      return { body: parts.body, written: parts.about.written, isReplay: false };
    });
    this.committed(context, written);
    return { body, isReplay };
  }

  private async batchOf(context: RequestContext, writes: readonly RecordWrite[]): Promise<Batch> {
    if (this.means.reasonRequired && context.reason === undefined) throw this.table.problems.reasonRequired();
    const { agency } = context.caller;
    const missing = await this.missingReferences(agency, writes);
    return { context: changeContext(context), agency, writes, missing };
  }

  private async tried<Result>(
    transaction: typeof inTransaction,
    work: (client: PoolClient) => Promise<Result>,
    attempt = 1,
  ): Promise<Result> {
    try {
      return await transaction(this.pool, work);
    } catch (error) {
      const passes = codeOf(error) === deadlock || error instanceof MadeMeanwhile;
      if (!passes || attempt === mostAttempts) throw error;
      return this.tried(transaction, work, attempt + 1);
    }
  }

  /** Looked for on the connections for reads, which need not come free: so it may be within a transaction. */
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
  private committed(
    { caller: { agency }, committed }: RequestContext,
    written: readonly BatchRecord[],
  ): void {
    this.means.signal.notify(this.resource.database);
    for (const record of written) committed?.push({ resource: this.resource.name, agency, ...record });
  }
}

/** The records that a batch has done something with, or found to be as they should be. */
const writtenRecords = (
  writes: readonly RecordWrite[],
  outcomes: readonly WriteOutcome[],
): readonly BatchRecord[] =>
  outcomes.flatMap((outcome, index) =>
    outcome instanceof ProblemError ? [] : { id: writes[index]?.id ?? '', version: outcome.version },
  );
