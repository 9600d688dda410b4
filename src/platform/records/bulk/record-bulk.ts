import type { RequestContext } from '../../auth/request-context.js';
import { validateOnlyAnswer } from '../../http/validate-only.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import { problemWithin } from '../../http/problems/problem-within.js';
import { replayed } from '../writing/kept-answer.js';
import type { BatchWriter } from './batch-writer.js';
import { bulkBody, operationsRefused } from './bulk-answer.js';
import { type BulkRequest, dataOf } from './bulk-request.js';
import type { WriteOutcome } from './record-write.js';

/** What a bulk request is answered with. */
export interface BulkAnswer {
  /** JSON text: the same bytes when it is replayed. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Carries out bulk requests for the records of one resource, in the way that they ask for. */
export class RecordBulk {
  constructor(private readonly writer: BatchWriter) {}

  /**
   * @returns what became of each operation, in their order; pointers are into the request
   * @throws {ProblemError} `operation-refused` of an atomic request, `change-reason-required`,
   *   `idempotency-in-progress`, `idempotency-mismatch`
   */
  async run(context: RequestContext, { atomic, operations }: BulkRequest): Promise<BulkAnswer> {
    const invalid = operations.map(({ write }) => (write instanceof ProblemError ? write : undefined));
    if (atomic && invalid.some(Boolean)) throw operationsRefused(invalid);
    const writes = operations.flatMap(({ write }) => (write instanceof ProblemError ? [] : write));
    const answerTo = (written: readonly WriteOutcome[]): string => {
      const rest = written.values();
      const outcomes = invalid.map((problem, index) => problem ?? outcomeAt(index, rest));
      if (atomic && outcomes.some((outcome) => outcome instanceof ProblemError))
        throw operationsRefused(outcomes);
      return bulkBody(operations, outcomes, context.requestId);
    };
    if (context.validateOnly)
      return { body: await this.writer.write(context, writes, answerTo), headers: validateOnlyAnswer };
    if (!context.idempotencyKey)
      return { body: await this.writer.write(context, writes, answerTo), headers: {} };
    const { body, isReplay } = await this.writer.writeOnce(context, writes, answerTo);
    return { body, headers: isReplay ? replayed : {} };
  }
}

/** The next outcome, which is that of the operation at this place. */
function outcomeAt(index: number, written: IterableIterator<WriteOutcome>): WriteOutcome {
  const { value } = written.next() as IteratorYieldResult<WriteOutcome>;
  return value instanceof ProblemError ? problemWithin(dataOf(index), value) : value;
}
