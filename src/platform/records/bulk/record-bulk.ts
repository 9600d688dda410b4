import type { RequestContext } from '../../auth/request-context.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import { problemWithin } from '../../http/problems/problem-within.js';
import type { BatchWriter } from './batch-writer.js';
import { operationsRefused } from './bulk-answer.js';
import { type BulkRequest, dataOf } from './bulk-request.js';
import type { WriteOutcome } from './record-write.js';

/** Carries out bulk requests for the records of one resource. */
export class RecordBulk {
  constructor(private readonly writer: BatchWriter) {}

  /**
   * @returns what became of each operation, in their order; pointers are into the request
   * @throws {ProblemError} `operation-refused` of an atomic request, `change-reason-required`
   */
  async run(context: RequestContext, { atomic, operations }: BulkRequest): Promise<readonly WriteOutcome[]> {
    const invalid = operations.map(({ write }) => (write instanceof ProblemError ? write : undefined));
    if (atomic && invalid.some(Boolean)) throw operationsRefused(invalid);
    const writes = operations.flatMap(({ write }) => (write instanceof ProblemError ? [] : write));
    const written = (await this.writer.write(context, writes, { atomic })).values();
    const outcomes = invalid.map((problem, index) => problem ?? outcomeAt(index, written));
    if (atomic && outcomes.some((outcome) => outcome instanceof ProblemError))
      throw operationsRefused(outcomes);
    return outcomes;
  }
}

/** The next outcome, which is that of the operation at this place. */
function outcomeAt(index: number, written: IterableIterator<WriteOutcome>): WriteOutcome {
  const { value } = written.next() as IteratorYieldResult<WriteOutcome>;
  return value instanceof ProblemError ? problemWithin(dataOf(index), value) : value;
}
