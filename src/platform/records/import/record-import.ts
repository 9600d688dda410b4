import type { Readable } from 'node:stream';
import { setImmediate as others } from 'node:timers/promises';
import type { OnModuleDestroy } from '@nestjs/common';
import type { RequestContext } from '../../auth/request-context.js';
import { databaseProblem } from '../../http/problems/database-problem.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import type { BatchWriter } from '../bulk/batch-writer.js';
import type { RecordWrite } from '../bulk/record-write.js';
import type { Resource } from '../resource.js';
import type { ImportMode, ImportSummaryDto } from './import.dto.js';
import { writeFollowing } from './following-batch.js';
import { ImportTally } from './import-tally.js';
import { type Line, linesOf } from './lines.js';
import { lineTooLong, longestLine, RecordLines } from './record-line.js';

/** A batch is written when it has so many records, or bytes. */
const batchLimits = { records: 500, bytes: 2 * 1024 * 1024 };

/** Lines that are read before others get their turn: other requests, and the batch that is being written. */
const stride = 25;

/** Lines that are read and not yet written. */
class LineBatch {
  readonly lines: number[] = [];
  readonly writes: RecordWrite[] = [];
  readonly ids = new Set<string>();
  bytes = 0;
  /** The last line that was read, refused ones included. */
  lastLine = 0;

  get isFull(): boolean {
    return this.writes.length >= batchLimits.records || this.bytes >= batchLimits.bytes;
  }
}

/**
 * Imports records while they arrive. Three batches are in memory at most, one being read and two being written;
 * while all are full nothing more is taken from the client. A batch is one transaction, and they are committed in
 * their order: what was committed stays when the client goes away, and the batch that was being read is dropped.
 */
export class RecordImport implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly resource: Resource,
    private readonly writer: BatchWriter,
  ) {}

  onModuleDestroy(): void {
    this.stopping = true;
  }

  /**
   * @param request its changes are not waited for, however many they are
   * @returns what was done, once the body has ended
   * @throws {ProblemError} `unavailable`, saying how far it got; `malformed-request` where the body breaks off;
   *   `change-reason-required`
   */
  async run(request: RequestContext, body: Readable, mode: ImportMode): Promise<ImportSummaryDto> {
    const { committed: _, ...context } = request;
    const tally = new ImportTally();
    const reader = new RecordLines(this.resource, mode);
    let batch = new LineBatch();
    let passed = batch;
    let earlier: Promise<void> = Promise.resolve();
    let writing: Promise<void> = earlier;
    const pass = async (): Promise<void> => {
      passed = batch;
      batch = new LineBatch();
      await earlier;
      if (this.stopping) {
        await writing;
        throw new ProblemError('unavailable', `The service is stopping. ${done(tally, context)}`, tryAgain);
      }
      earlier = writing;
      writing = this.write(context, passed, tally, earlier);
      // It is awaited later; if it fails before that, this keeps the process from ending.
      writing.catch(() => undefined);
    };
    try {
      for await (const line of linesOf(chunksOf(body), longestLine)) {
        const write = await this.read(reader, line, tally);
        if (write && batch.ids.has(write.id)) await pass();
        // Two batches that change one record would wait for each other's lock.
        if (write && passed.ids.has(write.id)) await writing;
        if (write) add(batch, line, write);
        batch.lastLine = line.number;
        if (batch.isFull) await pass();
        if (line.number % stride === 0) await others();
      }
      await pass();
    } finally {
      await writing.catch(() => undefined);
    }
    await writing;
    return tally.summary;
  }

  /** @returns undefined: the line is refused */
  private async read(
    reader: RecordLines,
    { number, bytes }: Line,
    tally: ImportTally,
  ): Promise<RecordWrite | undefined> {
    try {
      if (!bytes) throw lineTooLong();
      return await reader.read(bytes);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      tally.note(number, null, error);
      return undefined;
    }
  }

  private async write(
    context: RequestContext,
    batch: LineBatch,
    tally: ImportTally,
    predecessor: Promise<void>,
  ): Promise<void> {
    try {
      const outcomes = await writeFollowing(predecessor, (confirm) =>
        this.writer.write(context, batch.writes, confirm),
      );
      for (const [index, outcome] of outcomes.entries())
        tally.note(batch.lines[index] ?? 0, batch.writes[index]?.id ?? null, outcome);
      tally.lastLine = batch.lastLine;
    } catch (error) {
      if (!databaseProblem(error)) throw error;
      const detail = `The database cannot do this right now. ${done(tally, context)}`;
      throw new ProblemError('unavailable', detail, { ...tryAgain, cause: error });
    }
  }
}

/** What the client still sends is not read any more. */
const tryAgain = { headers: { 'Retry-After': '1', Connection: 'close' } };

function done({ lastLine }: ImportTally, { validateOnly }: RequestContext): string {
  if (validateOnly) return `Lines 1 to ${lastLine} were tried, and nothing is stored; send the import again.`;
  if (lastLine === 0) return 'Nothing was imported; send the import again.';
  return `Lines 1 to ${lastLine} are done, those after them are not; send the import again.`;
}

function add(batch: LineBatch, { number, bytes }: Line, write: RecordWrite): void {
  batch.lines.push(number);
  batch.writes.push(write);
  batch.ids.add(write.id);
  batch.bytes += bytes?.length ?? 0;
}

/** The body as it arrives. An early end of the loop leaves the connection open for the answer. */
async function* chunksOf(body: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } catch (error) {
    throw new ProblemError('malformed-request', 'The request could not be read to its end.', {
      cause: error,
    });
  }
}
