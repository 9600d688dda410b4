import { type ProblemCode, problemCatalogue } from './problem-catalogue.js';
import type { MemberProblem, ProblemError } from './problem.error.js';

/** Media type of every error answer (RFC 9457). */
export const problemMediaType = 'application/problem+json';

/** Body of every error answer (RFC 9457). */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
  readonly code: ProblemCode;
  readonly requestId: string;
  readonly errors?: readonly MemberProblem[];
}

/** The URN that names a kind of problem in `type`. */
export function problemType(code: ProblemCode): string {
  return `urn:hms:problem:${code}`;
}

/**
 * The body that answers a problem.
 *
 * @param path the path that the client asked for; its query never appears
 */
export function problemBody(
  { code, message, extras }: ProblemError,
  requestId: string,
  path?: string,
): ProblemBody {
  const { status, title } = problemCatalogue[code];
  return {
    type: problemType(code),
    title,
    status,
    detail: message,
    ...(path !== undefined && { instance: path }),
    code,
    requestId,
    ...(extras.errors && { errors: extras.errors }),
  };
}

/** Headers that go with every problem. */
export function problemHeaders({ extras }: ProblemError): Record<string, string> {
  return { 'Content-Type': problemMediaType, 'Cache-Control': 'no-store', ...extras.headers };
}
