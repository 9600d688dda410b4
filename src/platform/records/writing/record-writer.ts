import type { Pool } from 'pg';
import type { RequestContext } from '../../auth/request-context.js';
import type { Connection } from '../../database/connection.js';
import { inTransaction, inUndoneTransaction } from '../../database/pg-transaction.js';
import type { ChangeSignal } from '../../sync/change-signal.js';
import { refusalsOf } from '../constraint-problem.js';
import { RecordDocument, RecordPreview } from '../record-document.js';
import type { Resource } from '../resource.js';
import { type AnswerParts, KeptAnswer, replayed } from './kept-answer.js';

/** What a write has made of a record. */
export interface WrittenRecord {
  readonly id: string;
  /** The version before; 0 for a new record. */
  readonly before: number;
  /** The version now; the same as before where nothing differs. */
  readonly version: number;
  readonly document: string;
}

/** What is kept of an answer beside the document. */
interface KeptRecord {
  readonly id: string;
  readonly version: number;
  readonly revision: number;
}

/** What writing needs to know of a resource. */
export type WrittenResource = Pick<Resource, 'name' | 'database' | 'constraints'>;

/**
 * Makes the writes of one resource in the way that their requests ask for:
 *
 * - without more, each is the one statement that it is: no transaction around it, no further round trip;
 * - with an idempotency key, once: in one transaction with the answer, which the same request then gets again;
 * - with `validateOnly`, in a transaction that is undone.
 *
 * What is written is on its way to the targets as soon as `write` resolves.
 */
export class RecordWriter {
  constructor(
    private readonly resource: WrittenResource,
    private readonly pool: Pool,
    private readonly signal: Pick<ChangeSignal, 'notify'>,
    /** Revision of the resource's document. */
    private readonly revision: number,
  ) {}

  /**
   * @param work does the write, on the connection that it is given. It may read elsewhere, but must not wait for
   *   another connection of the pool. What it throws undoes it.
   * @returns the record as it is now; undefined where the work has found that there was nothing to write
   * @throws {ProblemError} `idempotency-in-progress`, `idempotency-mismatch`, and what the database's refusal means
   */
  async write<Result extends WrittenRecord | undefined>(
    context: RequestContext,
    work: (connection: Connection) => Promise<Result>,
  ): Promise<RecordDocument | Extract<Result, undefined>> {
    return refusalsOf(this.resource.constraints, async () => {
      if (context.validateOnly) return this.preview(work);
      if (context.idempotencyKey) return this.once(context, work);
      return this.committed(context, await work(this.pool));
    });
  }

  private async preview<Result extends WrittenRecord | undefined>(
    work: (connection: Connection) => Promise<Result>,
  ): Promise<RecordDocument | Extract<Result, undefined>> {
    const written = await inUndoneTransaction(this.pool, work);
    if (written === undefined) return undefined as Extract<Result, undefined>;
    return new RecordPreview(written.id, written.version, written.document, this.revision);
  }

  private async once<Result extends WrittenRecord | undefined>(
    context: RequestContext,
    work: (connection: Connection) => Promise<Result>,
  ): Promise<RecordDocument | Extract<Result, undefined>> {
    const answer = new KeptAnswer<KeptRecord>(context);
    const { kept, written } = await inTransaction(this.pool, async (client) => {
      const earlier = await answer.find(client);
      if (earlier) return { kept: earlier, written: undefined };
      const result = await work(client);
      if (result) await answer.keep(client, this.partsOf(result));
      return { kept: undefined, written: result };
    });
    if (!kept) return this.committed(context, written);
    const { id, version, revision } = kept.about;
    this.note(context, kept.about);
    return new RecordDocument(id, version, kept.body, revision, replayed);
  }

  private partsOf({ id, version, document }: WrittenRecord): AnswerParts<KeptRecord> {
    return { about: { id, version, revision: this.revision }, body: document };
  }

  /** Wakes the delivery of what was written, and answers the record as it is then. */
  private committed<Result extends WrittenRecord | undefined>(
    context: RequestContext,
    written: Result,
  ): RecordDocument | Extract<Result, undefined> {
    if (written === undefined) return undefined as Extract<Result, undefined>;
    const { id, before, version, document } = written;
    if (version !== before) this.signal.notify(this.resource.database);
    this.note(context, written);
    return new RecordDocument(id, version, document, this.revision);
  }

  /** For a client that waits until the version is delivered. */
  private note(
    { committed, caller: { agency } }: RequestContext,
    { id, version }: { id: string; version: number },
  ): void {
    committed?.push({ resource: this.resource.name, agency, id, version });
  }
}
