import { codeOf, messageOf } from '../../database/error-details.js';
import { ProblemError } from './problem.error.js';

/**
 * SQLSTATE codes that say "not now" rather than "wrong": lock timeout, statement cancelled, too many
 * connections, server shutting down, crashed or starting, serialization failure, deadlock, read-only after a
 * failover; and, in a service that has started well, a database that is gone (being restored) or a login that
 * is refused (being changed).
 */
const passingStates = new Set([
  '55P03',
  '57014',
  '57P01',
  '57P02',
  '57P03',
  '40001',
  '40P01',
  '25006',
  '3D000',
  '28000',
  '28P01',
]);
/** SQLSTATE classes of connections that break, and of a server short of connections, memory or disk. */
const passingClasses = /^(08|53)...$/;
const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN']);
/**
 * What `pg` and its pool say without giving a code, and PostgreSQL, with one that says little, of a database that is
 * closed for maintenance.
 */
const connectionMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|database ".*" is not currently accepting connections)/;

/**
 * What an error of the database means for the client: `unavailable` with `Retry-After` where the same
 * request may succeed later. Undefined where it is a fault of ours, or no error of the database.
 */
export function databaseProblem(error: unknown): ProblemError | undefined {
  if (!isPassing(error)) return undefined;
  return new ProblemError('unavailable', 'The database cannot do this right now; send the request again.', {
    headers: { 'Retry-After': '1' },
    cause: error,
  });
}

function isPassing(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const code = codeOf(error) ?? '';
  if (passingStates.has(code) || passingClasses.test(code) || networkCodes.has(code)) return true;
  if (connectionMessages.test(messageOf(error))) return true;
  // Several addresses refused at once (Node's happy eyeballs), or TypeORM's wrapping of the driver's error.
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.some(isPassing);
  return 'driverError' in error && isPassing(error.driverError);
}
