import { HttpException } from '@nestjs/common';
import { bodyLimit as defaultBodyLimit } from '../body-limit.js';
import { databaseProblem } from './database-problem.js';
import type { ProblemCode } from './problem-catalogue.js';
import { ProblemError } from './problem.error.js';

/** What Fastify's error codes mean to a client. */
const fastifyProblems: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Send the body as application/json.'],
  FST_ERR_CTP_EMPTY_TYPE: ['unsupported-media-type', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'malformed-request',
    'The body is not as long as Content-Length says.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed-request', 'The body is empty; send a JSON value.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed-request', 'The body is not valid JSON.'],
  FST_ERR_BAD_URL: [
    'malformed-request',
    'The path is not a valid URL path; a % must start an escape of UTF-8.',
  ],
  FST_ERR_MAX_PARAM_LENGTH: ['not-found', 'There is nothing at this address.'],
};

const codesByStatus: Readonly<Record<number, ProblemCode>> = {
  401: 'unauthenticated',
  403: 'insufficient-scope',
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  408: 'request-timeout',
  412: 'precondition-failed',
  413: 'body-too-large',
  415: 'unsupported-media-type',
  422: 'validation-failed',
  429: 'rate-limited',
  503: 'unavailable',
};

/**
 * The problem that answers an error. Errors that are not meant for clients become `internal` (or
 * `unavailable`) with a detail that tells nothing of them; the error is then the problem's cause.
 *
 * @param bodyLimit most bytes of a body that the request's route reads
 */
export function problemOf(error: unknown, bodyLimit = defaultBodyLimit): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof HttpException) return fastifyProblem(error.cause, bodyLimit) ?? httpProblem(error);
  return fastifyProblem(error, bodyLimit) ?? databaseProblem(error) ?? internal(error);
}

function fastifyProblem(error: unknown, bodyLimit: number): ProblemError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new ProblemError(
      'body-too-large',
      `The body has more than ${bodyLimit} bytes; send less at once.`,
    );
  const known = fastifyProblems[error.code];
  if (known) return new ProblemError(known[0], known[1]);
  // A client that goes away in the middle of its body: Fastify marks the stream's error with 400.
  const clientFault = 'statusCode' in error && error.statusCode === 400;
  return clientFault
    ? new ProblemError('malformed-request', 'The request could not be read to its end.')
    : undefined;
}

function httpProblem(error: HttpException): ProblemError {
  const status = error.getStatus();
  const code = codesByStatus[status] ?? (status < 500 ? 'malformed-request' : 'internal');
  if (code === 'not-found') return new ProblemError(code, 'There is nothing at this address.');
  if (code === 'internal') return internal(error);
  if (code === 'unauthenticated')
    return new ProblemError(code, error.message, { headers: { 'WWW-Authenticate': 'Bearer' } });
  return new ProblemError(code, error.message, code === 'unavailable' ? { cause: error } : {});
}

function internal(cause: unknown): ProblemError {
  return new ProblemError(
    'internal',
    'Something went wrong on our side; the request id finds it in our log.',
    {
      cause,
    },
  );
}
