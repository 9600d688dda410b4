import { findFaults } from '../support/delivery-oracle.js';
import { until } from '../support/gate.js';
import { Receiver } from '../support/receiver.js';
import { withSeed } from '../support/seed.js';
import { secret, SyncFixture } from '../support/sync-fixture.js';

const minute = 60_000;

describe('a target that does not work for long', () => {
  let sync: SyncFixture;
  let neighbour: Receiver;

  beforeEach(async () => {
    sync = await SyncFixture.start();
    neighbour = await Receiver.start();
  });

  afterEach(async () => {
    await neighbour.down();
    await sync.end();
  });

  const faults = (): Promise<string[]> => findFaults(sync.receiver, sync.superuser, secret);
  const settled = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, milliseconds));
  const held = async (): Promise<number> =>
    (await sync.superuser.query('SELECT FROM hms.sync_cursors WHERE held_at IS NOT NULL')).rowCount ?? 0;
  const quantile = (values: readonly number[], share: number): number =>
    values.toSorted((one, other) => one - other)[Math.floor(share * (values.length - 1))] ?? 0;

  it('for ten minutes gets four probes a minute from three engines, and everything when it is back', () =>
    withSeed(async (random) => {
      sync.receiver.script = () => ({ status: 500 });
      await Promise.all([sync.engine(), sync.engine(), sync.engine()]);
      const ends = performance.now() + 10 * minute;
      for (let n = 0; n < 200; n += 1) await sync.create(`p${n}`);
      await until('the breaker is open', async () => (await sync.breaker())['state'] === 'open');
      await settled(minute);
      const early = sync.receiver.received.length;
      const counting = performance.now();
      while (performance.now() < ends) {
        await sync.update(`p${Math.floor(random() * 200)}`);
        await settled(50);
      }
      const minutes = (performance.now() - counting) / minute;
      const probes = sync.receiver.received.length - early;
      console.log(`${probes} probes in ${minutes.toFixed(1)} minutes`);
      // Every 12 to 18 seconds.
      expect(probes).toBeLessThanOrEqual(5 * minutes + 1);
      expect(probes).toBeGreaterThanOrEqual(3 * minutes);
      expect(await held()).toBe(0);
      sync.receiver.script = () => ({ status: 204 });
      const returned = performance.now();
      sync.receiver.received.length = 0;
      await until('it gets something', () => sync.receiver.received.length > 0, 20_000);
      console.log(`first delivery ${Math.round(performance.now() - returned)} ms after the return`);
      await sync.caughtUp(minute);
      expect(await faults()).toEqual([]);
      expect(sync.warnings).toHaveLength(1);
      expect(sync.infos).toHaveLength(1);
    }));

  it('and returns and goes every two seconds for five minutes loses nothing and slows no other', () =>
    withSeed(async (random) => {
      await sync.prepareTarget('url = url');
      await sync.superuser.query(
        `INSERT INTO hms.sync_targets (resource, agency, name, origin, url)
         VALUES ('policies', 'va', 'environment', 'environment', $1)`,
        [neighbour.url.replace('{resource}', 'policies')],
      );
      await sync.engine();
      for (let n = 0; n < 50; n += 1) await sync.create(`p${n}`);
      await sync.create('n', 'va');
      const waits = async (milliseconds: number): Promise<number[]> => {
        const ends = performance.now() + milliseconds;
        const measured: number[] = [];
        while (performance.now() < ends) {
          await sync.update(`p${Math.floor(random() * 50)}`);
          const before = neighbour.received.length;
          const changed = performance.now();
          await sync.update('n', 'va');
          await until('the neighbour has it', () => neighbour.received.length > before);
          measured.push(performance.now() - changed);
        }
        return measured;
      };
      const calm = quantile(await waits(minute), 0.99);
      const begun = performance.now();
      sync.receiver.script = () => ({
        status: Math.floor((performance.now() - begun) / 2_000) % 2 === 0 ? 204 : 503,
      });
      const flapping = quantile(await waits(5 * minute), 0.99);
      console.log(`p99 of the neighbour: ${calm.toFixed(1)} ms, beside the other ${flapping.toFixed(1)} ms`);
      sync.receiver.script = () => ({ status: 204 });
      await sync.caughtUp(minute);
      expect(await faults()).toEqual([]);
      expect(await held()).toBe(0);
      expect(sync.receiver.received.length / sync.receiver.accepted.length).toBeLessThanOrEqual(5);
      // Polling for the arrival every 10 ms is the grain of what is measured.
      expect(flapping).toBeLessThan(calm * 1.2 + 10);
    }));
});
