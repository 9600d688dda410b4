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
      const load = { urls: [service.url], records, writers: 16, updates: 25 };
      const running = writeLoad(writes, random, load);
      await happening();
      await running;
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

  it('that is restarted under the service costs some requests a 503 and no change', async () => {
    fixture = await FaultFixture.embedded();
    const service = await fixture.service();
    const before = await fixture.postmaster();
    await under(service, async () => {
      await until('some are written', () => fixture.writes.acknowledged.length >= 100);
      process.kill(before ?? 0, 'SIGINT');
      await until('it runs again', async () => ![undefined, before].includes(await fixture.postmaster()));
    });
    expect(fixture.writes.refused.length).toBeGreaterThan(0);
  });
});
