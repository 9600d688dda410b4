import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { mayTakeLong } from './long-requests.js';
import { problemCatalogue } from './problems/problem-catalogue.js';
import { ProblemError } from './problems/problem.error.js';
import { problemBody, problemHeaders } from './problems/problem.js';
import { requestIdHeader } from './request-id.js';
import { securityHeaders } from './security-headers.js';

/**
 * Answers what Node's HTTP parser refuses (broken requests, headers that are too large or too slow), which
 * never becomes a request, and closes the connection. A request that may take long is none of these.
 */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && mayTakeLong(socket)) return;
  if (socket.writable) socket.write(rawAnswer(clientProblem(error.code)));
  socket.destroy(error);
}

function clientProblem(code: string | undefined): ProblemError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new ProblemError('request-timeout', 'The request took too long to arrive; send it again.');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new ProblemError(
      'headers-too-large',
      'The request line and the headers may have 16 KiB together.',
    );
  return new ProblemError('malformed-request', 'This is not a valid HTTP request.');
}

function rawAnswer(problem: ProblemError): string {
  const requestId = randomUUID();
  const body = JSON.stringify(problemBody(problem, requestId));
  const headers = {
    ...problemHeaders(problem),
    [requestIdHeader]: requestId,
    ...securityHeaders('/'),
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  const { status } = problemCatalogue[problem.code];
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}
