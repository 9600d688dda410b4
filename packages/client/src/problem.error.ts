import type { components } from './schema.js';
import type { Result } from './untyped-client.js';

/** The body of an error answer (RFC 9457). Branch on `code`. */
export type Problem = components['schemas']['Problem'];

/** An answer that says what is wrong. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly problem: Problem,
    readonly response: Response,
  ) {
    super(`${problem.code}: ${problem.detail} (request ${problem.requestId})`);
  }

  get code(): Problem['code'] {
    return this.problem.code;
  }
}

/**
 * The data of an answer: `const policy = await unwrap(client.GET('/api/policies/{id}', …))`.
 *
 * @throws {ProblemError} where the service refused
 * @throws {Error} where something else answered in its place, such as a gateway
 */
export async function unwrap<Data>(result: Promise<Result<Data>>): Promise<Data> {
  const { data, error, response } = await result;
  if (response.ok) return data as Data;
  if (isProblem(error)) throw new ProblemError(error, response);
  throw new Error(`${response.url} answered ${response.status} without a problem document.`);
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
}
