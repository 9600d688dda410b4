import type { DataSource, EntityManager, EntityTarget } from 'typeorm';
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { RequestContext } from '../auth/request-context.js';
import type { Connection } from '../database/connection.js';
import { pgPool } from '../database/pg-pool.js';
import type { ReadConnections } from '../database/read-connections.js';
import { undoneTransaction } from '../database/undone-transaction.js';
import type { ProblemError } from '../http/problems/problem.error.js';
import type { ChangeSignal } from '../sync/change-signal.js';
import { changeContext } from './change-context.js';
import { refusalsOf } from './constraint-problem.js';
import { LogHorizon } from './history/log-horizon.js';
import { missingVersion } from './history/removed-version.js';
import type { ListQueryDto } from './lists/list-query.dto.js';
import { listSource } from './lists/list-source.js';
import { RecordLists } from './lists/record-lists.js';
import type { AcceptedVersions } from '../http/precondition.js';
import type { ReadQueryDto } from './read-query.dto.js';
import { type ChangeSubject, prepareChange, type PreparedChange } from './prepared-change.js';
import { acceptedVersions } from './read-only-members.js';
import type { RecordChange } from './record-change.js';
import { columnValues, type RecordColumn, recordColumns } from './record-columns.js';
import { RecordDocument, type RecordPage } from './record-document.js';
import { RecordPast } from './record-past.js';
import { RecordProblems } from './record-problems.js';
import type { RecordReferences } from './record-references.js';
import {
  type OwnUpdate,
  type PreparedStatement,
  type RecordStatements,
  recordStatements,
} from './record-statements.js';
import type { Resource } from './resource.js';
import type { VersionedRecord } from './versioned-record.entity.js';
import { RecordTurns } from './writing/record-turns.js';
import { RecordWriter, type WrittenRecord } from './writing/record-writer.js';

interface DocumentRow {
  readonly version: number;
  readonly document: string;
  /** The value of the resource's computed header, in reads. */
  readonly computed?: string;
}

interface WriteOutcome {
  readonly before: number;
  readonly after: number | null;
  readonly document: string | null;
}

/** The version and the document of one that was written. */
type Written = Pick<WrittenRecord, 'before' | 'version' | 'document'>;

/** What holds for all records of a resource in this service. */
export interface StoreRules {
  /** Revision of the document that the table is captured with. */
  readonly revision: number;
  /** Whether every write must say why. */
  readonly reasonRequired: boolean;
}

/** What a store works with. */
export interface StoreMeans {
  readonly dataSource: DataSource;
  readonly reads: ReadConnections;
  readonly signal: ChangeSignal;
  readonly references: RecordReferences;
}

/** Changes a record by a statement of the module's own; undefined where its condition does not hold. */
export type RunOwnUpdate = (
  context: RequestContext,
  id: string,
  values: readonly unknown[],
  accepted?: AcceptedVersions,
) => Promise<RecordDocument | undefined>;

/**
 * Reads and writes the records of one resource for one agency at a time: the caller's. Another agency's
 * record is answered exactly as one that does not exist.
 *
 * Each method is one statement, and thereby one transaction, in which the triggers also write the version,
 * the log entry and the pending deliveries: all of it is stored, or nothing. A change is on its way to the
 * targets as soon as the method resolves. Where the service requires a reason for changes of this resource,
 * every write without one is refused with `change-reason-required`. Changes of one record go one after another
 * (`RecordTurns`). A request with an idempotency key is written
 * once, one with `validateOnly` not at all (`RecordWriter`).
 */
export class RecordStore<Entity extends VersionedRecord> {
  private readonly statements: RecordStatements;
  private readonly columns: readonly RecordColumn[];
  private readonly table: string;
  private readonly pool: Pool;
  private readonly problems: RecordProblems;
  private readonly past: RecordPast;
  private readonly writer: RecordWriter;
  private readonly turns = new RecordTurns();
  private readonly lists: RecordLists;

  constructor(
    private readonly resource: Resource<Entity>,
    private readonly means: StoreMeans,
    private readonly rules: StoreRules,
  ) {
    const { dataSource } = means;
    const metadata = dataSource.getMetadata(resource.entity as EntityTarget<Entity>);
    this.table = metadata.tableName;
    this.columns = recordColumns(dataSource, metadata);
    this.statements = recordStatements(resource, this.table, this.columns);
    this.pool = pgPool(dataSource);
    this.problems = new RecordProblems(resource);
    const horizon = new LogHorizon(this.pool);
    this.past = new RecordPast(this.pool, this.statements, this.problems, horizon);
    const source = listSource(dataSource, resource);
    this.lists = new RecordLists(resource, source, this.pool, this.problems, horizon);
    this.writer = new RecordWriter(resource, this.pool, means.signal, rules.revision);
  }

  /** @throws {ProblemError} `not-found`; with `asOf` also `removed` */
  async get(context: RequestContext, id: string, { asOf }: ReadQueryDto = {}): Promise<RecordDocument> {
    if (asOf !== undefined) return this.past.get(context, id, asOf);
    const row = await this.read(context, id);
    if (!row) throw this.problems.notFound(id);
    return this.document(id, row);
  }

  /** One page of the records. @throws {ProblemError} as {@link RecordLists.page} */
  list(context: RequestContext, query: ListQueryDto): Promise<RecordPage> {
    return this.lists.page(context, query);
  }

  /**
   * Makes a record; without an `id` it gets a UUIDv7 (RFC 9562).
   *
   * @throws {ProblemError} `already-exists`, `deleted`, `not-unique`, `validation-failed`
   */
  async create(context: RequestContext, given: object): Promise<RecordDocument> {
    const { id: wanted, ...members } = given as { id?: string | null };
    const id = wanted ?? uuidv7();
    return this.writer.write(context, async (connection) => {
      await this.requireReferenced(context, members);
      const values = [
        this.changeContext(context),
        context.caller.agency,
        id,
        JSON.stringify(columnValues(this.columns, members, true)),
      ];
      const [row] = await this.run<DocumentRow>(connection, this.statements.create, values);
      if (!row) throw await this.takenId(context, id);
      return { id, before: 0, ...row };
    });
  }

  /**
   * Changes the members that are given and keeps the others. The same content again makes no new version.
   * Where the resource has a life cycle, `status` is a read-only member.
   *
   * @param accepted the versions on which the change may be based; undefined: any
   * @throws {ProblemError} `not-found`, `not-unique`, `precondition-failed`, `read-only-member`, `validation-failed`
   */
  async update(
    context: RequestContext,
    id: string,
    given: RecordChange,
    accepted?: AcceptedVersions,
  ): Promise<RecordDocument> {
    return this.change(context, id, async (connection) => {
      const base = acceptedVersions(given.readOnly, accepted);
      for (;;) {
        const { members, based } = await this.prepared(context, id, given, base);
        await this.requireReferenced(context, members, id);
        const values = [
          this.changeContext(context),
          context.caller.agency,
          id,
          JSON.stringify(columnValues(this.columns, members, false)),
          based ?? null,
        ];
        const [outcome] = await this.run<WriteOutcome>(connection, this.statements.update, values);
        // Another change may come between the look at the record and the write. The client that set no version is
        // told what it would have been told had the other change come first.
        if (outcome?.after === null && based && !base) continue;
        return { id, ...this.written(outcome, id, based) };
      }
    });
  }

  /**
   * Brings a record into another state of its life cycle, and changes nothing else.
   *
   * @throws {ProblemError} `not-found`, `precondition-failed`, `invalid-transition`, `separation-of-duties`
   */
  async transition(
    context: RequestContext,
    id: string,
    status: string,
    accepted?: AcceptedVersions,
  ): Promise<RecordDocument> {
    const { agency } = context.caller;
    const values = [this.changeContext(context), agency, id, JSON.stringify({ status }), accepted ?? null];
    return this.change(context, id, async (connection) => {
      const [outcome] = await this.run<WriteOutcome>(connection, this.statements.update, values);
      const written = this.written(outcome, id, accepted);
      if (written.version === written.before) throw this.problems.alreadyIn(status);
      return { id, ...written };
    });
  }

  /**
   * Prepares an update that a module writes in SQL, for what must be computed from the row as it is at that
   * moment. It runs as one statement, on the living record of the caller's agency.
   *
   * @returns what runs it; it throws `not-found`, `precondition-failed`, `validation-failed`
   */
  ownUpdate(update: OwnUpdate): RunOwnUpdate {
    const statement = this.statements.own(update);
    return async (context, id, values, accepted) => {
      const known = [this.changeContext(context), context.caller.agency, id, accepted ?? null];
      return this.change(context, id, async (connection) => {
        const [outcome] = await this.run<WriteOutcome>(connection, statement, [...known, ...values]);
        if (outcome?.after === null && (accepted?.includes(outcome.before) ?? true)) return undefined;
        return { id, ...this.written(outcome, id, accepted) };
      });
    };
  }

  /**
   * Deletes a record: it is no longer found, its history stays.
   *
   * @throws {ProblemError} `not-found`, `precondition-failed`
   */
  async remove(context: RequestContext, id: string, accepted?: AcceptedVersions): Promise<void> {
    const values = [this.changeContext(context), context.caller.agency, id, accepted ?? null];
    await this.change(context, id, async (connection) => {
      const [outcome] = await this.run<WriteOutcome>(connection, this.statements.remove, values);
      return { id, ...this.written(outcome, id, accepted) };
    });
  }

  /**
   * Lets a deleted record live again.
   *
   * @throws {ProblemError} `not-found`, `not-deleted`, `precondition-failed`
   */
  async restore(context: RequestContext, id: string, accepted?: AcceptedVersions): Promise<RecordDocument> {
    const values = [this.changeContext(context), context.caller.agency, id, accepted ?? null];
    return this.change(context, id, async (connection) => {
      const [outcome] = await this.run<WriteOutcome>(connection, this.statements.restore, values);
      if (outcome?.after === null && (accepted?.includes(outcome.before) ?? true))
        throw this.problems.notDeleted(id);
      return { id, ...this.written(outcome, id, accepted) };
    });
  }

  /**
   * Gives a record, living or deleted, the content of one of its versions, as a new version. The content
   * goes from the log into the row as it is: no number is rounded on the way.
   *
   * @throws {ProblemError} `not-found`, `removed`, `precondition-failed`, `validation-failed`
   */
  async restoreVersion(
    context: RequestContext,
    id: string,
    version: number,
    accepted?: AcceptedVersions,
  ): Promise<RecordDocument> {
    const values = [this.changeContext(context), context.caller.agency, id, version, accepted ?? null];
    return this.change(context, id, async (connection) => {
      const [outcome] = await this.run<WriteOutcome>(connection, this.statements.restoreVersion, values);
      if (!outcome) {
        const key = { resource: this.resource.name, agency: context.caller.agency, id, version };
        throw await missingVersion(connection, this.problems, key);
      }
      return { id, ...this.written(outcome, id, accepted) };
    });
  }

  /**
   * Runs a module's own statements in one transaction whose changes are recorded as the caller's. The
   * manager sees every agency's rows: each query must name the caller's agency. With `validateOnly` the
   * transaction is undone; an idempotency key is not heeded, since the answer is not known here.
   */
  async transaction<Result>(
    context: RequestContext,
    work: (manager: EntityManager) => Promise<Result>,
  ): Promise<Result> {
    const { dataSource, signal } = this.means;
    const recorded = async (manager: EntityManager): Promise<Result> => {
      await manager.query(`SELECT set_config('hms.context', $1, true)`, [this.changeContext(context)]);
      return work(manager);
    };
    const result = await refusalsOf(this.resource.constraints, () =>
      context.validateOnly
        ? undoneTransaction(dataSource, recorded)
        : dataSource.transaction('READ COMMITTED', recorded),
    );
    signal.notify(this.resource.database);
    return result;
  }

  private async read({ caller }: RequestContext, id: string): Promise<DocumentRow | undefined> {
    const [row] = await this.means.reads.query<DocumentRow>({
      ...this.statements.read,
      values: [caller.agency, id],
    });
    return row;
  }

  /**
   * Makes a write of a record that is there, as {@link RecordWriter.write}. One with an idempotency key does not wait
   * for its turn: if the same request is under way, it is refused at once.
   */
  private change<Result extends WrittenRecord | undefined>(
    context: RequestContext,
    id: string,
    work: (connection: Connection) => Promise<Result>,
  ): Promise<RecordDocument | Extract<Result, undefined>> {
    if (context.idempotencyKey) return this.writer.write(context, work);
    const record = JSON.stringify([context.caller.agency, id]);
    return this.turns.inTurn(record, () => this.writer.write(context, work));
  }

  /** What the triggers record of a write. Every write goes through here. */
  private changeContext(context: RequestContext): string {
    if (this.rules.reasonRequired && context.reason === undefined) throw this.problems.reasonRequired();
    return changeContext(context);
  }

  private prepared(
    context: RequestContext,
    id: string,
    given: RecordChange,
    accepted: AcceptedVersions | undefined,
  ): Promise<PreparedChange> {
    const subject: ChangeSubject = {
      id,
      agency: context.caller.agency,
      hasLifeCycle: this.resource.lifeCycle !== undefined,
      read: () => this.get(context, id),
      problems: this.problems,
    };
    return prepareChange(subject, given, accepted);
  }

  /** @param id of the record that is changed; undefined for a new one */
  private async requireReferenced(context: RequestContext, members: object, id?: string): Promise<void> {
    const stored = async (): Promise<object> =>
      id === undefined ? {} : (JSON.parse((await this.get(context, id)).json) as object);
    await this.means.references.require(this.resource, context.caller.agency, members, stored);
  }

  private written(
    outcome: WriteOutcome | undefined,
    id: string,
    accepted: AcceptedVersions | undefined,
  ): Written {
    if (!outcome) throw this.problems.notFound(id);
    const { before, after, document } = outcome;
    // Without a precondition only a deletion in the same moment can have kept the row from us.
    if (after === null) throw accepted ? this.problems.preconditionFailed() : this.problems.notFound(id);
    return { before, version: after, document: document ?? '' };
  }

  private async run<Row>(
    connection: Connection,
    statement: PreparedStatement,
    values: unknown[],
  ): Promise<Row[]> {
    const { rows } = await connection.query({ ...statement, values });
    return rows as Row[];
  }

  private document(id: string, { version, document, computed }: DocumentRow): RecordDocument {
    const header = this.resource.computed;
    const headers = header && computed !== undefined ? { [header.name]: computed } : {};
    return new RecordDocument(id, version, document, this.rules.revision, headers);
  }

  private async takenId(context: RequestContext, id: string): Promise<ProblemError> {
    return (await this.read(context, id)) ? this.problems.alreadyExists(id) : this.problems.deleted(id);
  }
}
