import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { createHttpAdapter, type HttpServerAdapter } from '../../src/platform/http/http-server.js';
import { createLogger } from '../../src/platform/http/logging/logger.js';
import { streamedBody } from '../../src/platform/http/route-body.js';

/** Milliseconds that a request may take to arrive, and for which a streamed one may be silent. */
const requestTimeout = 300;
const idle = 2_500;

describe('a streamed body', () => {
  let adapter: HttpServerAdapter;
  let url: string;

  beforeAll(async () => {
    adapter = createHttpAdapter({ logger: createLogger({ level: 'silent' }), requestTimeout });
    const server = adapter.getInstance();
    server.post(
      '/api/stream',
      { config: { streamsBody: true } as object },
      async (request: FastifyRequest) => {
        let bytes = 0;
        for await (const chunk of streamedBody(request, idle)) bytes += (chunk as Buffer).length;
        return { bytes };
      },
    );
    server.post('/api/whole', (_request, reply) => reply.send({}));
    url = await server.listen({ port: 0, host: '127.0.0.1' });
  });

  afterAll(() => adapter?.close());

  /** Sends so many bytes, one after a pause each; undefined: the connection was cut. */
  async function send(path: string, type: string, pauses: readonly number[]): Promise<number | undefined> {
    const client = httpRequest(url + path, { method: 'POST', headers: { 'Content-Type': type } });
    const answered = once(client, 'response') as Promise<[{ statusCode: number; resume(): void }]>;
    answered.catch(() => undefined);
    client.on('error', () => undefined);
    client.write('1');
    for (const milliseconds of pauses) {
      await pause(milliseconds);
      if (!client.destroyed) client.write('1');
    }
    client.end();
    try {
      const [response] = await answered;
      response.resume();
      return response.statusCode;
    } catch {
      return undefined;
    }
  }

  it('may arrive for longer than others', async () => {
    const type = 'application/x-ndjson';
    expect(await send('/api/stream', type, [500, 500, 500])).toBe(200);
    expect(await send('/api/whole', 'application/json', [500, 500, 500])).toBe(408);
  });

  it('is cut off when the client falls silent', async () => {
    expect(await send('/api/stream', 'application/x-ndjson', [500, 5_000])).toBeUndefined();
  });
});
