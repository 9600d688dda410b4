import type { ProblemCode } from './problem-catalogue.js';

/** What is wrong with one member of a request body. */
export interface MemberProblem {
  /** JSON Pointer (RFC 6901) to the member, such as `/price/amount`. */
  readonly pointer: string;
  /** What is wrong and what would be right, as a sentence. */
  readonly detail: string;
  /** The problem that it would be on its own, where one answer is about several. */
  readonly code?: ProblemCode;
}

/** Members of the answer beside `code` and `detail`. */
export interface ProblemExtras {
  readonly errors?: readonly MemberProblem[];
  /** Response headers, such as `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What caused it; logged where the status is 5xx, never sent. */
  readonly cause?: unknown;
}

/**
 * Refuses a request. Services throw it with a code and a sentence for the client; only the problem
 * filter knows how it becomes an HTTP answer (RFC 9457).
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly code: ProblemCode,
    detail: string,
    readonly extras: ProblemExtras = {},
  ) {
    super(detail, { cause: extras.cause });
  }
}
