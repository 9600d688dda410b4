import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { deliveryClient, targetAt } from '../../../../test/support/delivery-client.js';
import { until } from '../../../../test/support/gate.js';
import { portOf } from '../../../../test/support/port-of.js';
import type { DeliveryClient } from './delivery-client.js';
import type { Target } from '../targets/target.js';

const message = { id: 'm_v1', body: '{"id":"é","data":{}}', headers: { 'ce-id': 'm_v1' } };

describe('the delivery client', () => {
  const client = deliveryClient();
  let server: Server;
  let sockets: Set<Socket>;
  let requests: number;
  let answer: RequestListener;

  beforeEach(async () => {
    sockets = new Set();
    requests = 0;
    server = createServer((request, response) => {
      requests += 1;
      request.resume().on('end', () => answer(request, response));
    });
    server.on('connection', (socket) => sockets.add(socket));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  const target = (): Target => targetAt(`http://127.0.0.1:${portOf(server)}/`, 300);
  const post = (): ReturnType<DeliveryClient['post']> => client.post(target(), message);

  it('posts the bytes of the body with the headers and the signature', async () => {
    let got: unknown;
    answer = (request, response) => {
      got = [request.method, request.headers];
      response.writeHead(204).end();
    };
    expect(await post()).toEqual({ delivered: true, status: 204, error: null });
    expect(got).toEqual([
      'POST',
      expect.objectContaining({
        'content-length': '21',
        'ce-id': 'm_v1',
        'webhook-id': 'm_v1',
        'webhook-signature': expect.stringMatching(/^v1,/) as string,
      }),
    ]);
  });

  it('uses a connection again', async () => {
    answer = (_, response) => response.writeHead(200).end('thanks');
    for (let n = 0; n < 5; n += 1) await post();
    expect([requests, sockets.size]).toEqual([5, 1]);
  });

  it('takes a connection that was closed while idle for no failure', async () => {
    answer = (_, response) => response.writeHead(200).end();
    await post();
    // The receiver closes the connection at the moment the next request is on its way.
    server.once('request', (request) => request.socket.destroy());
    expect(await post()).toMatchObject({ delivered: true });
    expect(sockets.size).toBe(2);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect with %p', async (status) => {
    answer = (_, response) => response.writeHead(status, { location: '/elsewhere' }).end();
    expect(await post()).toEqual({ delivered: false, status, error: `HTTP ${status}` });
    expect(requests).toBe(1);
  });

  it.each([400, 404, 408, 422, 500])('tells of status %p without a pause', async (status) => {
    answer = (_, response) => response.writeHead(status, { 'retry-after': '5' }).end('secret body');
    expect(await post()).toEqual({ delivered: false, status, error: `HTTP ${status}`, text: 'secret body' });
  });

  it.each([429, 503])('reads how long to wait from an answer with status %p', async (status) => {
    answer = (_, response) => response.writeHead(status, { 'retry-after': '5' }).end();
    expect(await post()).toEqual({ delivered: false, status, error: `HTTP ${status}`, retryAfter: 5_000 });
  });

  it('reads a date by the clock of the receiver, and by its own if the receiver tells none', async () => {
    const in10Seconds = (now: number): string => new Date(now + 10_000).toUTCString();
    const anHourAgo = Date.now() - 3_600_000;
    answer = (_, response) =>
      response
        .writeHead(503, { date: new Date(anHourAgo).toUTCString(), 'retry-after': in10Seconds(anHourAgo) })
        .end();
    expect(await post()).toMatchObject({ retryAfter: 10_000 });
    answer = (_, response) => {
      response.sendDate = false;
      response.writeHead(503, { 'retry-after': in10Seconds(Date.now()) }).end();
    };
    const { retryAfter = 0 } = await post();
    expect(Math.abs(retryAfter - 10_000)).toBeLessThan(2_000);
  });

  it('gives up on a receiver that never answers', async () => {
    answer = () => undefined;
    expect(await post()).toEqual({ delivered: false, status: null, error: 'timeout' });
  });

  it('gives up on an answer that comes in drips', async () => {
    let drip: NodeJS.Timeout | undefined;
    answer = (_, response) => {
      response.writeHead(200);
      drip = setInterval(() => response.write('.'), 20);
    };
    const began = performance.now();
    expect(await post()).toEqual({ delivered: false, status: null, error: 'timeout' });
    clearInterval(drip);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('reads no more than a little of an endless answer', async () => {
    let sent = 0;
    answer = (_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384;
      };
      response.on('drain', more);
      more();
    };
    expect(await post()).toEqual({ delivered: true, status: 200, error: null });
    await new Promise((resolve) => {
      [...sockets][0]?.once('close', resolve);
    });
    expect(sent).toBeLessThan(50 * 1024 * 1024);
  });

  it('does not take an answer that breaks off for an acceptance', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => response.destroy());
    };
    expect(await post()).toEqual({ delivered: false, status: null, error: 'connection lost' });
  });

  it('takes an answer that switches protocols for a refusal', async () => {
    answer = (request) =>
      request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tea\r\n\r\n');
    expect(await post()).toEqual({ delivered: false, status: 101, error: 'HTTP 101' });
    await until('its connection is closed', () => [...sockets].every(({ destroyed }) => destroyed));
  });

  it('gives up on a receiver that only ever says that it goes on', async () => {
    let processing: NodeJS.Timeout | undefined;
    answer = (_, response) => {
      processing = setInterval(() => response.writeProcessing(), 20);
    };
    expect(await post()).toEqual({ delivered: false, status: null, error: 'timeout' });
    clearInterval(processing);
  });

  it('says in words why there was no answer', async () => {
    answer = (request) => request.socket.end('SSH-2.0\r\n\r\n');
    expect(await post()).toMatchObject({ error: 'not an HTTP answer' });
    expect(await client.post({ ...target(), url: 'http://127.0.0.1:1/' }, message)).toMatchObject({
      error: 'connection refused',
    });
    expect(await client.post({ ...target(), url: 'http://no-such-host.invalid/' }, message)).toMatchObject({
      error: 'host not found',
    });
    expect(
      await client.post({ ...target(), url: target().url.replace('http', 'https') }, message),
    ).toMatchObject({
      error: 'TLS failed',
    });
    expect(await client.post({ ...target(), url: 'nonsense' }, message)).toMatchObject({
      error: 'connection failed',
    });
  });
});
