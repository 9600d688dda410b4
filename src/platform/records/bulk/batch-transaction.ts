import type { PoolClient } from 'pg';
import { ProblemError } from '../../http/problems/problem.error.js';
import { constraintProblem } from '../constraint-problem.js';
import { columnValues, type RecordColumn } from '../record-columns.js';
import type { RecordProblems } from '../record-problems.js';
import type { MissingReferences } from '../record-references.js';
import type { Resource } from '../resource.js';
import type { BatchStatements } from './batch-statements.js';
import type { RecordWrite, WriteOutcome } from './record-write.js';
import {
  needsDocument,
  type PlannedWrite,
  plannedOrRefused,
  planWrite,
  type StoredRecord,
} from './write-plan.js';

/** The table that a batch is written to. */
export interface BatchTable {
  readonly resource: Resource;
  readonly columns: readonly RecordColumn[];
  readonly statements: BatchStatements;
  readonly problems: RecordProblems;
}

/** Several writes of one caller, each of another record. */
export interface Batch {
  /** What the triggers record. */
  readonly context: string;
  readonly agency: string;
  readonly writes: readonly RecordWrite[];
  readonly missing: MissingReferences;
}

interface VersionRow {
  readonly id: string;
  readonly version: number;
}

/** One try at writing a batch, within a transaction. One use each. */
export class BatchTransaction {
  private readonly outcomes = new Map<string, WriteOutcome>();

  constructor(
    private readonly client: PoolClient,
    private readonly table: BatchTable,
    private readonly batch: Batch,
  ) {}

  /**
   * Does what can be done, and leaves the end of the transaction to the caller.
   *
   * @returns what became of each write, in their order
   * @throws {MadeMeanwhile} and what the database throws, but for refused content
   */
  async run(): Promise<WriteOutcome[]> {
    await this.client.query(`SELECT set_config('hms.context', $1, true)`, [this.batch.context]);
    await this.writeParts(await this.plan());
    return this.batch.writes.map(({ id }) => this.outcomes.get(id) as WriteOutcome);
  }

  /** Locks the records, and decides what the writes come to. Those that come to nothing get their outcome. */
  private async plan(): Promise<PlannedWrite[]> {
    const { agency, writes, missing } = this.batch;
    const ids = writes.map(({ id }) => id);
    const whole = writes.filter((write) => needsDocument(write, missing)).map(({ id }) => id);
    const { rows } = await this.client.query<StoredRecord & { readonly id: string }>({
      ...this.table.statements.lock,
      values: [agency, ids, whole],
    });
    const stored = new Map(rows.map((row) => [row.id, row]));
    const rules = { resource: this.table.resource, agency, problems: this.table.problems, missing };
    return writes.flatMap((write) => {
      const planned = plannedOrRefused(() => planWrite(rules, write, stored.get(write.id)));
      if (!(planned instanceof ProblemError)) return planned;
      this.outcomes.set(write.id, planned);
      return [];
    });
  }

  /**
   * Writes all that is planned at once. If the table refuses some of it, its halves are written one after the
   * other, and so on: a few refusals among many cost little, and each is found.
   */
  private async writeParts(planned: readonly PlannedWrite[]): Promise<void> {
    const [first] = planned;
    if (!first) return;
    await this.client.query('SAVEPOINT part');
    try {
      const written = await this.writeTogether(planned);
      await this.client.query('RELEASE SAVEPOINT part');
      for (const [id, outcome] of written) this.outcomes.set(id, outcome);
    } catch (error) {
      const problem = constraintProblem(error, this.table.resource.constraints);
      if (!problem) throw error;
      await this.client.query('ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part');
      if (planned.length === 1) {
        this.outcomes.set(first.write.id, problem);
        return;
      }
      const middle = Math.ceil(planned.length / 2);
      await this.writeParts(planned.slice(0, middle));
      await this.writeParts(planned.slice(middle));
    }
  }

  /** One statement for each action. What is given away comes before what is taken. */
  private async writeTogether(planned: readonly PlannedWrite[]): Promise<[string, WriteOutcome][]> {
    const of = (action: PlannedWrite['action']) => planned.filter((each) => each.action === action);
    const removed = of('remove').map(({ write }) => write.id);
    const versions = new Map([
      ...(await this.versionsOf('remove', removed, removed)),
      ...(await this.versionsOf('update', of('update'), this.changesOf(of('update')))),
      ...(await this.versionsOf('create', of('create'), this.rowsOf(of('create')))),
    ]);
    return planned.map((each) => [each.write.id, this.outcomeOf(each, versions.get(each.write.id))]);
  }

  /** Runs a statement, unless it is for nothing, and tells the versions that it made. */
  private async versionsOf(
    statement: 'remove' | 'update' | 'create',
    subjects: readonly unknown[],
    value: unknown,
  ): Promise<[string, number][]> {
    if (subjects.length === 0) return [];
    const values = [this.batch.agency, value];
    const { rows } = await this.client.query<VersionRow>({ ...this.table.statements[statement], values });
    return rows.map(({ id, version }) => [id, version]);
  }

  private changesOf(planned: readonly PlannedWrite[]): string {
    const changes = planned.map(({ write: { id, members } }) => ({
      id,
      columns: columnValues(this.table.columns, members, false),
    }));
    return JSON.stringify(changes);
  }

  private rowsOf(planned: readonly PlannedWrite[]): string {
    const rows = planned.map(({ write: { id, members } }) => ({
      id,
      ...columnValues(this.table.columns, members, true),
    }));
    return JSON.stringify(rows);
  }

  /** @param version that the record has now; undefined: somebody else made it since it was looked for */
  private outcomeOf({ write, action, before }: PlannedWrite, version: number | undefined): WriteOutcome {
    if (version === undefined) {
      if (write.kind === 'create') return this.table.problems.alreadyExists(write.id);
      throw new MadeMeanwhile(write.id);
    }
    if (action === 'create') return { action: 'created', version };
    if (action === 'remove') return { action: 'deleted', version };
    return { action: version === before ? 'unchanged' : 'updated', version };
  }
}

/** Another transaction made a record that was not there yet when the batch looked for it. */
export class MadeMeanwhile extends Error {
  constructor(id: string) {
    super(`The record ${id} was made by another transaction meanwhile.`);
  }
}
