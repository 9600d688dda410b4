import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultFixture } from '../support/fault-fixture.js';
import { until } from '../support/gate.js';
import { refusedConnections, underLoad, untilDelivered, untilWritten } from '../support/lost-database.js';
import type { ServiceProcess } from '../support/service-process.js';
import type { TcpProxy } from '../support/tcp-proxy.js';

/** What happens costs some requests a 503, and no change: {@link underLoad} checks it. */
describe('A database under load', () => {
  let fixture: FaultFixture;
  let proxy: TcpProxy;
  let service: ServiceProcess;

  beforeAll(async () => {
    ({ fixture, proxy } = await FaultFixture.behindProxy());
    service = await fixture.service();
  });

  afterAll(() => fixture.end());

  it('may end all sessions of the service twice', async () => {
    const pool = await fixture.policyPool();
    let ended = 0;
    await underLoad(fixture, service, async () => {
      for (let time = 0; time < 2; time += 1) {
        await untilWritten(fixture, 100);
        const { rowCount } = await pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE usename = 'hms_app' AND datname = current_database()`,
        );
        ended += rowCount ?? 0;
      }
    });
    expect(ended).toBeGreaterThan(10);
    expect(service.errors).toBe('');
  });

  it('may refuse connections for some seconds', async () => {
    expect(await refusedConnections(4, fixture, service, proxy)).toBeLessThan(10_000);
  });

  it('may silently lose all connections', async () => {
    let took = Number.POSITIVE_INFINITY;
    await underLoad(fixture, service, async () => {
      await untilWritten(fixture, 100);
      // Of the dispatchers of both databases as well.
      expect(proxy.swallow()).toBeGreaterThan(4);
      took = await untilDelivered(fixture);
    });
    console.log(`deliveries went on ${Math.round(took)} ms after the connections were lost`);
    // The time after which a statement without an answer is given up, and some.
    expect(took).toBeLessThan(15_000 + 10_000);
    expect(service.errors).toBe('');
  });
});

describe('The embedded database under load', () => {
  let fixture: FaultFixture;
  let service: ServiceProcess;

  beforeAll(async () => {
    fixture = await FaultFixture.embedded();
    service = await fixture.service();
  });

  afterAll(() => fixture.end());

  it.each([
    { how: 'be stopped in order', signal: 'SIGINT', recovers: false },
    { how: 'crash', signal: 'SIGQUIT', recovers: true },
  ] as const)('may $how, and is started again', async ({ how, signal, recovers }) => {
    const before = await fixture.postmaster();
    let took = Number.POSITIVE_INFINITY;
    await underLoad(fixture, service, async () => {
      await untilWritten(fixture, 100);
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
    const log = await readFile(join(fixture.directory, 'postgres', 'server.log'), 'utf8');
    expect(log.includes('automatic recovery in progress')).toBe(recovers);
  });
});
