import { deliveryClient, targetAt } from '../support/delivery-client.js';
import { until } from '../support/gate.js';
import { HostileReceiver, hostilities } from '../support/hostile-receiver.js';

const timeout = 300;
/** Milliseconds. Without the timeout, most of these would go on for as long as the receiver lives. */
const inTime = 5_000;
const message = { id: 'm_v1', body: '{"id":"1","data":{}}', headers: {} };

/** Sockets of this process, but for those of the receiver. */
function socketsBeside(receiver: HostileReceiver): number {
  const sockets = process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap');
  return sockets.length - receiver.open.size;
}

describe('a receiver that', () => {
  const client = deliveryClient();
  let receiver: HostileReceiver;

  beforeEach(async () => {
    receiver = await HostileReceiver.start();
  });

  afterEach(() => receiver.stop());

  it.each(hostilities)('$name is let go in time', async ({ secure, status, error, play }) => {
    receiver.play = play;
    const began = performance.now();
    const answer = await client.post(targetAt(receiver.url(secure), timeout), message);
    expect(performance.now() - began).toBeLessThan(inTime);
    expect(answer).toEqual({ delivered: error === null, status, error });
    await until('the connection is closed', () => receiver.open.size === 0);
    expect(receiver.connections).toBe(1);
  });

  it('answers before it has read the request, and never reads it, is let go', async () => {
    const before = socketsBeside(receiver);
    receiver.play = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      // After the one of the receiver.
      setImmediate(() => socket.pause());
    };
    const large = { ...message, body: 'x'.repeat(32 * 1024 * 1024) };
    // Time enough to sign and to begin to send so much: it is not the timeout that lets it go.
    expect(await client.post(targetAt(receiver.url(), 10_000), large)).toMatchObject({ delivered: true });
    await until('its connection is closed', () => socketsBeside(receiver) === before);
    expect(receiver.open.size).toBe(1);
  });

  it.each([301, 302, 303, 307, 308])('redirects with %p to another is not followed', async (status) => {
    const other = await HostileReceiver.start();
    receiver.play = (socket) =>
      socket.end(`HTTP/1.1 ${status} Moved\r\nLocation: ${other.url()}\r\nContent-Length: 0\r\n\r\n`);
    expect(await client.post(targetAt(receiver.url(), timeout), message)).toEqual({
      delivered: false,
      status,
      error: `HTTP ${status}`,
    });
    expect([receiver.connections, other.connections]).toEqual([1, 0]);
    await other.stop();
  });

  it('sends a second answer that nobody asked for has it taken for none', async () => {
    receiver.play = (socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'.repeat(2)));
    };
    for (let n = 0; n < 3; n += 1)
      expect(await client.post(targetAt(receiver.url(), timeout), message)).toMatchObject({ status: 500 });
    await until('the connections are closed', () => receiver.open.size === 0);
  });
});
