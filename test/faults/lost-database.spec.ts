import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultFixture } from '../support/fault-fixture.js';
import { until } from '../support/gate.js';
import { refusedConnections, underLoad, untilDelivered } from '../support/lost-database.js';

describe('A database', () => {
  let fixture: FaultFixture;

  afterEach(() => fixture.end());

  it('that ends all sessions of the service twice costs some requests a 503 and no change', async () => {
    fixture = await FaultFixture.onServer();
    const pool = await fixture.policyPool();
    const service = await fixture.service();
    let ended = 0;
    await underLoad(fixture, service, async () => {
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
      await underLoad(fixture, service, async () => {
        await until('some are written', () => fixture.writes.acknowledged.length >= 100);
        process.kill(before ?? 0, signal);
        await until(
          'it runs again',
          async () => ![undefined, before].includes(await fixture.readyPostmaster()),
          60_000,
        );
        took = await untilDelivered(fixture);
      });
      console.log(`${how}: deliveries went on ${Math.round(took)} ms after the database was back`);
      expect(took).toBeLessThan(15_000);
      expect(fixture.writes.refused.length).toBeGreaterThan(0);
      const log = await readFile(join(fixture.directory, 'postgres', 'server.log'), 'utf8');
      expect(log.includes('automatic recovery in progress')).toBe(recovers);
    },
    180_000,
  );

  it('that refuses connections for some seconds under load costs some requests a 503 and no change', async () => {
    const proxied = await FaultFixture.behindProxy();
    ({ fixture } = proxied);
    expect(await refusedConnections(4, proxied)).toBeLessThan(10_000);
  });

  it('to which all connections are silently lost under load costs some requests a 503 and no change', async () => {
    const proxied = await FaultFixture.behindProxy();
    ({ fixture } = proxied);
    const service = await fixture.service();
    let took = Number.POSITIVE_INFINITY;
    await underLoad(fixture, service, async () => {
      await until('some are written', () => fixture.writes.acknowledged.length >= 100);
      // Of the dispatchers of both databases as well.
      expect(proxied.proxy.swallow()).toBeGreaterThan(4);
      took = await untilDelivered(fixture);
    });
    console.log(`deliveries went on ${Math.round(took)} ms after the connections were lost`);
    // The time after which a statement without an answer is given up, and some.
    expect(took).toBeLessThan(15_000 + 10_000);
    expect(fixture.writes.refused.length).toBeGreaterThan(0);
    expect(service.errors).toBe('');
  });
});
