import { ProblemError } from './problem.error.js';

/**
 * A problem of a part of a body as a problem of the whole: its pointers begin at the part.
 *
 * @param where JSON Pointer to the part, such as `/operations/3/data`
 */
export function problemWithin(where: string, { code, message, extras }: ProblemError): ProblemError {
  const errors = extras.errors?.map((error) => ({ ...error, pointer: where + error.pointer }));
  return new ProblemError(code, message, { ...extras, ...(errors && { errors }) });
}
