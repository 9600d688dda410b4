import { problemCatalogue } from '../../http/problems/problem-catalogue.js';
import { problemBody } from '../../http/problems/problem.js';
import { type MemberProblem, ProblemError } from '../../http/problems/problem.error.js';
import type { BulkResultDto, OperationResultDto } from './bulk.dto.js';
import type { BulkOperation } from './bulk-request.js';
import type { WriteOutcome } from './record-write.js';

/** Errors that the refusal of an atomic request has at most. */
const mostErrors = 50;

const statuses = { created: 201, updated: 200, unchanged: 200, deleted: 204 } as const;

/** The text of an answer: what became of each operation. */
export function bulkBody(
  operations: readonly BulkOperation[],
  outcomes: readonly WriteOutcome[],
  requestId: string,
): string {
  const results = operations.map((operation, index) =>
    resultOf(operation, outcomes[index] as WriteOutcome, requestId),
  );
  return JSON.stringify({ results } satisfies BulkResultDto);
}

function resultOf({ op, id }: BulkOperation, outcome: WriteOutcome, requestId: string): OperationResultDto {
  if (!(outcome instanceof ProblemError))
    return { op, id, status: statuses[outcome.action], version: outcome.version };
  return {
    op,
    id,
    status: problemCatalogue[outcome.code].status,
    problem: problemBody(outcome, requestId),
  };
}

/** Refuses an atomic request, naming the operations that cannot be done. */
export function operationsRefused(outcomes: readonly (WriteOutcome | undefined)[]): ProblemError {
  const problems = outcomes.flatMap((outcome, index) =>
    outcome instanceof ProblemError ? [{ index, problem: outcome }] : [],
  );
  const count = problems.length === 1 ? 'One operation' : `${problems.length} operations`;
  return new ProblemError(
    'operation-refused',
    `${count} of ${outcomes.length} cannot be done, so nothing was changed; see errors.`,
    { errors: problems.flatMap(({ index, problem }) => errorsOf(index, problem)).slice(0, mostErrors) },
  );
}

function errorsOf(index: number, { code, message, extras }: ProblemError): MemberProblem[] {
  if (extras.errors) return extras.errors.map((error) => ({ ...error, code }));
  return [{ pointer: `/operations/${index}`, detail: message, code }];
}
