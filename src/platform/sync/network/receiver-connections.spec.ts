import { createServer, type Server } from 'node:net';
import { portOf } from '../../../../test/support/port-of.js';
import { AddressNotAllowedError } from '../delivery/delivery-error.js';
import { ReceiverConnections } from './receiver-connections.js';

describe('a connection of a target type', () => {
  let server: Server;
  let connections: number;

  beforeEach(async () => {
    connections = 0;
    server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined);
      socket.end('hello');
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  });

  afterEach(() => void server.close());

  const open = (
    host: string,
    allowedNetworks: readonly string[] = [],
    { production = true, signal = new AbortController().signal } = {},
  ) => new ReceiverConnections({ production }).open(host, portOf(server), { allowedNetworks, signal });

  it.each(['127.0.0.1', 'localhost'])('is made to %s only where that is allowed', async (host) => {
    await expect(open(host)).rejects.toThrow(AddressNotAllowedError);
    await expect(open(host, ['10.0.0.0/8'])).rejects.toThrow(AddressNotAllowedError);
    expect(connections).toBe(0);
    const socket = await open(host, ['127.0.0.0/8', '::1/128']);
    const text: Buffer[] = [];
    for await (const chunk of socket) text.push(chunk as Buffer);
    expect(Buffer.concat(text).toString()).toBe('hello');
    (await open(host, [], { production: false })).destroy();
  });

  it('is never made to metadata', async () => {
    await expect(open('169.254.169.254', [], { production: false })).rejects.toThrow(AddressNotAllowedError);
  });

  it('ends with the time for the attempt', async () => {
    const ending = new AbortController();
    const socket = await open('127.0.0.1', ['127.0.0.1'], { production: true, signal: ending.signal });
    const closed = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    ending.abort(new Error('over'));
    await closed;
    await expect(
      open('127.0.0.1', ['127.0.0.1'], { production: true, signal: ending.signal }),
    ).rejects.toThrow('over');
  });
});
