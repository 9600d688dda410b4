import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { HttpAdapterHost } from '@nestjs/core';
import { createHttpAdapter } from '../http/http-server.js';
import { createLogger } from '../http/logging/logger.js';
import { ReadinessService } from './readiness.service.js';

const address = (connection: string) => ({ url: connection, migrationUrl: connection });

function readiness(policy: string, market: string) {
  const host = new HttpAdapterHost();
  const adapter = createHttpAdapter({ logger: createLogger({ level: 'silent' }) });
  host.httpAdapter = adapter;
  return {
    adapter,
    service: new ReadinessService({ policy: address(policy), market: address(market) }, host),
  };
}

describe('ReadinessService', () => {
  const sockets: Socket[] = [];
  let silent: Server;
  let url: string;

  beforeAll(async () => {
    silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    url = `postgres://app:secret@127.0.0.1:${port}/policy`;
  });

  afterAll(() => {
    sockets.forEach((socket) => socket.destroy());
    silent.close();
  });

  it('says within seconds that a database does not answer, whether it refuses or is silent', async () => {
    const { service } = readiness(url, 'postgres://app@127.0.0.1:1/market');
    const start = performance.now();
    expect(await service.check()).toEqual({
      status: 'unavailable',
      databases: { policy: 'no answer', market: 'no answer' },
    });
    expect(performance.now() - start).toBeLessThan(5_000);
    await service.onApplicationShutdown();
  });

  it('says that the service is shutting down, without asking the databases', async () => {
    const { adapter, service } = readiness(url, url);
    adapter.beforeClose();
    expect(await service.check()).toEqual({ status: 'draining' });
    await service.onApplicationShutdown();
  });
});
