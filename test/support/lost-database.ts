import { setTimeout as pause } from 'node:timers/promises';
import type { FaultFixture } from './fault-fixture.js';
import { until } from './gate.js';
import { withSeed } from './seed.js';
import type { ServiceProcess } from './service-process.js';
import type { TcpProxy } from './tcp-proxy.js';
import { recordIds, writeLoad } from './write-load.js';

/**
 * Loads the service while something happens to its database, and checks that it went through it well: it lives, each
 * request was answered, those that could not be served with a 503, and nothing that was acknowledged is lost.
 */
export async function underLoad(
  fixture: FaultFixture,
  service: ServiceProcess,
  happening: () => Promise<void>,
): Promise<void> {
  const { writes } = fixture;
  const records = recordIds(30);
  if (writes.acknowledged.length === 0) await writes.create(service.url, records);
  writes.refused.length = 0;
  await withSeed(async (random) => {
    const over = new AbortController();
    // Refusals come fast: a load of one size would be over before the database is back.
    const load = async (): Promise<void> => {
      do await writeLoad(writes, random, { urls: [service.url], records, writers: 16, updates: 25 });
      while (!over.signal.aborted);
    };
    await Promise.all([load(), happening().finally(() => over.abort())]);
  });
  await writes.update(service.url, 'p0');
  expect(writes.acknowledged.at(-1)?.id).toBe('p0');
  expect(service.gone).toBe(false);
  expect(writes.broken).toEqual([]);
  expect(writes.refused.length).toBeGreaterThan(0);
  for (const { status, type, retryAfter, text } of writes.refused) {
    expect({ status, type, retryAfter, text }).toEqual({
      status: 503,
      type: 'application/problem+json',
      retryAfter: '1',
      text: expect.stringContaining('"code":"unavailable"') as unknown,
    });
  }
  await fixture.caughtUp();
  expect(await fixture.faults()).toEqual([]);
}

/** Waits until so many more changes are acknowledged. */
export function untilWritten({ writes }: FaultFixture, count: number): Promise<void> {
  const enough = writes.acknowledged.length + count;
  return until('some are written', () => writes.acknowledged.length >= enough);
}

/** @returns milliseconds from now until the receiver has a change that was made after now */
export async function untilDelivered({ writes, receiver }: FaultFixture): Promise<number> {
  const begun = performance.now();
  const [written, arrived] = [writes.acknowledged.length, receiver.received.length];
  await until(
    'a change made since is delivered',
    () => {
      const made = new Set(writes.acknowledged.slice(written).map(({ id, version }) => `${id} ${version}`));
      return receiver.received
        .slice(arrived)
        .some(({ record, version }) => made.has(`${record.split('/').at(-1)} ${version}`));
    },
    60_000,
  );
  return performance.now() - begun;
}

/**
 * Has both databases of a service refuse connections for a time, under load.
 *
 * @returns milliseconds from the end of that time until a change made since was delivered
 */
export async function refusedConnections(
  seconds: number,
  fixture: FaultFixture,
  service: ServiceProcess,
  proxy: TcpProxy,
): Promise<number> {
  let took = Number.POSITIVE_INFINITY;
  await underLoad(fixture, service, async () => {
    await untilWritten(fixture, 100);
    await proxy.refuse();
    await pause(seconds * 1_000);
    await proxy.accept();
    took = await untilDelivered(fixture);
  });
  expect(service.errors).toBe('');
  console.log(
    `${fixture.writes.refused.length} requests refused; deliveries went on ${Math.round(took)} ms after the return`,
  );
  return took;
}
