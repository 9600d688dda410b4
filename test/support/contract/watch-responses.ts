import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { ApiDocument } from './api-document.js';
import { ResponseCheck, type SentResponse } from './response-check.js';
import { reportViolations } from './violations.js';

const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  br: brotliDecompressSync,
  deflate: inflateSync,
  gzip: gunzipSync,
  zstd: zstdDecompressSync,
};

type Headers = SentResponse['headers'];

let committed: ResponseCheck | undefined;

/**
 * Holds every answer of a server against the OpenAPI document as it is sent, whoever asked for it and by
 * whatever client. What does not fit waits in {@link reportViolations}.
 *
 * @param document the committed one unless given
 */
export function watchResponses(server: Server, document?: ApiDocument): void {
  const check = document
    ? new ResponseCheck(document)
    : (committed ??= new ResponseCheck(ApiDocument.read()));
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    // Fastify gives the request the URL that serves it; the method and the answer are as they go out.
    record(response, (headers, body) => {
      const { method = '', url = '' } = request;
      const violations = check.violations({
        method,
        url,
        status: response.statusCode,
        headers,
        body: decoded(body, headers['content-encoding']),
      });
      reportViolations(
        violations.map((violation) => `${method} ${url}, answered ${response.statusCode}: ${violation}`),
      );
    });
  });
}

/** The answer to HEAD names a coding, and has no body. */
function decoded(body: Buffer, coding = ''): string {
  return (body.length === 0 ? body : (decoders[coding]?.(body) ?? body)).toString();
}

/** Calls back with all that was written, before the client has the end of it. */
function record(response: ServerResponse, done: (headers: Headers, body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  const headers: Record<string, unknown> = {};
  const keep = (chunk: unknown): void => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  const writeHead = response.writeHead.bind(response) as (...values: unknown[]) => ServerResponse;
  const write = response.write.bind(response) as (...values: unknown[]) => boolean;
  const end = response.end.bind(response) as (...values: unknown[]) => ServerResponse;
  // Fastify hands its headers over here; getHeaders() does not know them.
  response.writeHead = (...values: unknown[]) => {
    Object.assign(headers, values.at(-1));
    return writeHead(...values);
  };
  response.write = (...values: unknown[]) => {
    keep(values[0]);
    return write(...values);
  };
  response.end = (...values: unknown[]) => {
    keep(values[0]);
    done(lowerCase({ ...response.getHeaders(), ...headers }), Buffer.concat(chunks));
    return end(...values);
  };
}

function lowerCase(headers: Record<string, unknown>): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
