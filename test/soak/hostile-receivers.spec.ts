import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deliveryClient, targetAt } from '../support/delivery-client.js';
import { until } from '../support/gate.js';
import { HostileReceiver, hostilities } from '../support/hostile-receiver.js';

const timeout = 1_000;
/** As many as the service has under way to one target. */
const concurrency = 16;
const message = { id: 'm_v1', body: '{"id":"1","data":{}}', headers: {} };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('a thousand exchanges with hostile receivers', () => {
  it('end in time and leave neither connections nor memory behind', async () => {
    const client = deliveryClient();
    const receivers = await Promise.all(
      hostilities.map(async ({ play }) => Object.assign(await HostileReceiver.start(), { play })),
    );
    const longest: Record<string, number> = {};
    const run = async (count: number): Promise<void> => {
      let next = 0;
      const worker = async (): Promise<void> => {
        while (next < count) {
          const index = next++ % hostilities.length;
          const { name = '', secure, status, error } = hostilities[index] ?? {};
          const began = performance.now();
          const answer = await client.post(targetAt(receivers[index]?.url(secure) ?? '', timeout), message);
          longest[name] = Math.max(longest[name] ?? 0, performance.now() - began);
          expect([name, answer]).toEqual([name, { delivered: error === null, status, error }]);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      await until('all connections are closed', () => receivers.every(({ open }) => open.size === 0));
    };
    // What is loaded and compiled at first does not count.
    await run(100);
    const before = heap();
    await run(1_000);
    const growth = (heap() - before) / 1024 / 1024;
    console.log(`Heap: ${growth.toFixed(1)} MB more. Longest: ${JSON.stringify(longest)}`);
    expect(growth).toBeLessThan(5);
    expect(Math.max(...Object.values(longest))).toBeLessThan(timeout + 500);
    await Promise.all(receivers.map((receiver) => receiver.stop()));
  });
});
