import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultFixture } from '../support/fault-fixture.js';
import { until } from '../support/gate.js';
import { withSeed } from '../support/seed.js';
import type { ServiceProcess } from '../support/service-process.js';
import { recordIds, writeLoad } from '../support/write-load.js';

describe('A database', () => {
  let fixture: FaultFixture;

  afterEach(() => fixture.end());

  /** Loads the service while something happens to its database, and checks that it went through it well. */
  async function under(service: ServiceProcess, happening: () => Promise<void>): Promise<void> {
    const { writes } = fixture;
    const records = recordIds(30);
    await writes.create(service.url, records);
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

  it('that ends all sessions of the service twice costs some requests a 503 and no change', async () => {
    fixture = await FaultFixture.onServer();
    const pool = await fixture.policyPool();
    const service = await fixture.service();
    let ended = 0;
    await under(service, async () => {
      for (const share of [100, 200]) {
        await until('some are written', () => fixture.writes.acknowledged.length >= share);
        const { rowCount } = await pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE usename = 'hms_app' AND datname = current_database()`,
        );
        ended += rowCount ?? 0;
      }
    });
    expect(ended).toBeGreaterThan(10);
    expect(fixture.writes.refused.length).toBeGreaterThan(0);
    expect(service.errors).toBe('');
  });

  /** @returns milliseconds from now until the receiver has a change that was made after now */
  async function untilDelivered(): Promise<number> {
    const { writes, receiver } = fixture;
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

  it.each([
    { how: 'is stopped in order', signal: 'SIGINT', recovers: false },
    { how: 'crashes', signal: 'SIGQUIT', recovers: true },
  ] as const)(
    'that $how under load and is started again costs some requests a 503 and no change, and deliveries go on',
    async ({ how, signal, recovers }) => {
      fixture = await FaultFixture.embedded();
      const service = await fixture.service();
      const before = await fixture.postmaster();
      let took = Number.POSITIVE_INFINITY;
      await under(service, async () => {
        await until('some are written', () => fixture.writes.acknowledged.length >= 100);
        process.kill(before ?? 0, signal);
        await until(
          'it runs again',
          async () => ![undefined, before].includes(await fixture.readyPostmaster()),
          60_000,
        );
        took = await untilDelivered();
      });
      console.log(`${how}: deliveries went on ${Math.round(took)} ms after the database was back`);
      expect(took).toBeLessThan(15_000);
      expect(fixture.writes.refused.length).toBeGreaterThan(0);
      const log = await readFile(join(fixture.directory, 'postgres', 'server.log'), 'utf8');
      expect(log.includes('automatic recovery in progress')).toBe(recovers);
    },
    180_000,
  );
});
