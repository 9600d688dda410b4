import type { LookupAddress } from 'node:dns';
import { createServer, type Server } from 'node:http';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { deliveryClient, PlainHttpGuard, targetAt } from '../../../../test/support/delivery-client.js';
import { gate } from '../../../../test/support/gate.js';
import { portOf } from '../../../../test/support/port-of.js';
import { ReceiverGuard } from '../../network/receiver-guard.js';
import type { Answer, DeliveryClient } from '../delivery/delivery-client.js';
import { addressNotAllowed } from '../delivery/delivery-error.js';
import type { Target } from '../targets/target.js';

const message = { id: 'm_v1', body: '{"id":"1","data":{}}', headers: {} };
const refused = { delivered: false, status: null, error: addressNotAllowed };
const accepted = { delivered: true, status: 204, error: null };

/** Loopback has many addresses: the first is what a receiver is allowed here, the second what is in reach beside it. */
const allowed = '127.0.0.1';
const inside = '127.0.0.2';

describe('a connection to a receiver', () => {
  let server: Server;
  let port: number;
  /** Addresses that connections were made to. */
  let reached: (string | undefined)[];
  /** What the name of the receiver stands for, one list for each time it is asked. */
  let answers: string[][];
  let asked: string[];
  let resolving: Promise<void> | undefined;
  let warnings: string[];

  beforeEach(async () => {
    reached = [];
    answers = [];
    asked = [];
    resolving = undefined;
    warnings = [];
    Logger.overrideLogger(
      Object.assign(new ConsoleLogger(), { warn: (text: string) => void warnings.push(text) }),
    );
    server = createServer((request, response) =>
      request.resume().on('end', () => response.writeHead(204).end()),
    );
    server.on('connection', ({ localAddress }) => reached.push(localAddress));
    await new Promise<void>((resolve) => {
      server.listen(0, '0.0.0.0', resolve);
    });
    port = portOf(server);
  });

  afterEach(async () => {
    Logger.overrideLogger(new ConsoleLogger());
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  const resolve = async (host: string): Promise<LookupAddress[]> => {
    asked.push(host);
    await resolving;
    return (answers.shift() ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };

  const clientOf = (guard: ReceiverGuard = new PlainHttpGuard()): DeliveryClient =>
    deliveryClient({ guard, resolve });

  const target = (
    host: string,
    allowedNetworks: readonly string[],
    name = 'grants',
    timeout = 2_000,
  ): Target => ({
    ...targetAt(`http://${host}:${port}/`, timeout),
    name,
    allowedNetworks,
  });

  it.each([allowed, '127.1', '[::ffff:127.0.0.1]', '169.254.169.254', '10.0.0.1'])(
    'is not made to %s without permission',
    async (host) => {
      expect(await clientOf().post(target(host, []), message)).toEqual(refused);
      expect([reached, asked]).toEqual([[], []]);
    },
  );

  it('is made to an address that the target may have', async () => {
    expect(await clientOf().post(target(allowed, [allowed]), message)).toEqual(accepted);
    expect(reached).toEqual([allowed]);
  });

  it('is made to the address that was checked, whatever the name stands for afterwards', async () => {
    answers = [[allowed], [inside]];
    const client = clientOf();
    const receiver = target('rebinding.test', [allowed]);
    expect(await client.post(receiver, message)).toEqual(accepted);
    server.closeAllConnections();
    // The first may find the old connection closed, and ask again.
    expect(await client.post(receiver, message)).toEqual(refused);
    expect([reached, asked]).toEqual([[allowed], ['rebinding.test', 'rebinding.test']]);
  });

  it.each([
    ['after', [allowed, inside]],
    ['before', [inside, allowed]],
    ['in IPv6 after', [allowed, '::1']],
    ['in IPv4-mapped form after', [allowed, '::ffff:127.0.0.2']],
    ['as metadata after', [allowed, '169.254.169.254']],
  ])('is not made to a name with a forbidden address %s one that is allowed', async (_where, addresses) => {
    answers = [addresses];
    expect(await clientOf().post(target('mixed.test', [allowed]), message)).toEqual(refused);
    expect(reached).toEqual([]);
  });

  it('tries each of several addresses that are allowed', async () => {
    // Nothing listens on the first.
    answers = [['127.0.0.1', '127.0.0.2']];
    await new Promise((done) => {
      server.close(done);
    });
    await new Promise<void>((done) => {
      server.listen(port, inside, done);
    });
    expect(await clientOf().post(target('two.test', ['127.0.0.0/30']), message)).toEqual(accepted);
    expect(reached).toEqual([inside]);
  });

  it('does not serve a target that may not go there, although it is open', async () => {
    const client = clientOf();
    expect(await client.post(target(allowed, [allowed]), message)).toEqual(accepted);
    expect(await client.post(target(allowed, [], 'other'), message)).toEqual(refused);
    expect(await client.post(target(allowed, ['10.0.0.0/8'], 'other'), message)).toEqual(refused);
    expect(await client.post(target(allowed, [allowed]), message)).toEqual(accepted);
    expect(reached).toEqual([allowed]);
  });

  it('is told once in the log when it is refused, with the address, until there is an answer again', async () => {
    const client = clientOf();
    const receiver = target('intranet.test', [allowed]);
    answers = [[inside], [inside], [allowed], [inside]];
    const outcomes: Answer[] = [];
    for (let n = 0; n < 3; n += 1) outcomes.push(await client.post(receiver, message));
    expect(outcomes).toEqual([refused, refused, accepted]);
    expect(warnings).toEqual([
      expect.stringContaining(
        'Sync of policies to grants: nothing is sent, since its address is not allowed: 127.0.0.2 (intranet.test)',
      ),
    ]);
    expect(await client.post(target('intranet.test', []), message)).toEqual(refused);
    expect(warnings).toHaveLength(2);
  });

  it('asks for a name once at a time', async () => {
    const answer = gate();
    resolving = answer.passed;
    answers = [[allowed]];
    const client = clientOf();
    const posts = [1, 2, 3].map(() => client.post(target('slow.test', [allowed]), message));
    answer.open();
    expect(await Promise.all(posts)).toEqual([accepted, accepted, accepted]);
    expect(asked).toEqual(['slow.test']);
  });

  it('gives up in time on a name that nobody answers for', async () => {
    resolving = gate().passed;
    const outcome = await clientOf().post(target('silent.test', [], 'grants', 200), message);
    expect(outcome).toMatchObject({ error: 'timeout' });
  });

  it('is not made over plain http in production, whatever was saved', async () => {
    const client = clientOf(new ReceiverGuard(true));
    expect(await client.post(target(allowed, [allowed]), message)).toEqual(refused);
    expect(reached).toEqual([]);
  });
});
