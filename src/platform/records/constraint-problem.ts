import { DatabaseError } from 'pg';
import { QueryFailedError } from 'typeorm';
import { type MemberProblem, ProblemError } from '../http/problems/problem.error.js';

/** SQLSTATE of a row that breaks a CHECK. */
const checkViolation = '23514';
/** SQLSTATE of a column that must have a value and got none. */
const notNullViolation = '23502';
/** SQLSTATE of a reference to a row that is not there. */
const foreignKeyViolation = '23503';
/** SQLSTATE of a value that another row has. */
const uniqueViolation = '23505';
/** SQLSTATE of a change of state that the life cycle does not have. */
const invalidTransition = 'HM008';
/** SQLSTATE of a step that its reviewer may not take. */
const ownReview = 'HM009';
/** SQLSTATE class of values that a column's type cannot hold. */
const dataException = '22';

/**
 * Says in the client's words why the database refused content.
 *
 * @param error of `pg`, or as TypeORM wraps it
 * @param constraints what each named constraint means
 * @returns undefined where the error is not about the content
 */
export function constraintProblem(
  error: unknown,
  constraints: Readonly<Record<string, MemberProblem>>,
): ProblemError | undefined {
  const refusal = databaseErrorOf(error);
  const known = constraints[refusal?.constraint ?? ''];
  const extras = { ...(known && { errors: [known] }), cause: error };
  if (refusal?.code === checkViolation || refusal?.code === foreignKeyViolation)
    return new ProblemError('validation-failed', 'The content breaks a rule.', extras);
  // A unique index that means nothing to clients is none that their content can break.
  if (refusal?.code === uniqueViolation && known)
    return new ProblemError('not-unique', 'Another record has a value that only one may have.', extras);
  if (refusal?.code === invalidTransition)
    return new ProblemError('invalid-transition', sentencesOf(refusal), { cause: error });
  if (refusal?.code === ownReview)
    return new ProblemError('separation-of-duties', sentencesOf(refusal), { cause: error });
  if (refusal?.code === notNullViolation)
    return new ProblemError('validation-failed', 'A member that must have a value has none.', {
      cause: error,
    });
  if (refusal?.code?.startsWith(dataException))
    return new ProblemError('validation-failed', 'A member has a value that cannot be stored.', {
      cause: error,
    });
  return undefined;
}

/** Runs a write; what the database refuses as content is thrown in the client's words. */
export async function refusalsOf<Result>(
  constraints: Readonly<Record<string, MemberProblem>>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw constraintProblem(error, constraints) ?? error;
  }
}

/**
 * Says that a parameter has a value which the database cannot compare with.
 *
 * @returns undefined where the error is another one
 */
function parameterProblem(error: unknown): ProblemError | undefined {
  if (!databaseErrorOf(error)?.code?.startsWith(dataException)) return undefined;
  return new ProblemError('invalid-parameter', 'A parameter has a value that no record can have.', {
    cause: error,
  });
}

/** What our own triggers say of a refusal. */
const sentencesOf = ({ message, hint }: DatabaseError): string => (hint ? `${message} ${hint}` : message);

function databaseErrorOf(error: unknown): DatabaseError | undefined {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return cause instanceof DatabaseError ? cause : undefined;
}

/** Runs a query; what the database refuses as the value of a parameter is thrown in the client's words. */
export async function asked<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw parameterProblem(error) ?? error;
  }
}
