import { FaultFixture, unhurried } from '../support/fault-fixture.js';
import { until } from '../support/gate.js';
import { claimedAtOnce, killAmidUpdates } from '../support/killed-service.js';
import { withSeed } from '../support/seed.js';
import { recordIds, writeLoad } from '../support/write-load.js';

let fixture: FaultFixture;

afterEach(() => fixture.end());

describe('The service, killed', () => {
  it('twice amid 250 updates, loses nothing that it acknowledged', () =>
    withSeed(async (random) => {
      fixture = await FaultFixture.onServer();
      expect(await killAmidUpdates({ kills: 2, updates: 250 }, fixture, random)).toEqual([]);
      expect(await fixture.faults()).toEqual([]);
      const { writes, receiver, duplicates } = fixture;
      expect(writes.acknowledged.length).toBeGreaterThan(0);
      expect(writes.broken.length).toBeGreaterThan(0);
      expect(writes.refused).toEqual([]);
      expect(duplicates).toBeGreaterThan(0);
      expect(duplicates).toBeLessThanOrEqual(2 * claimedAtOnce);
      expect(receiver.overlaps).toEqual([]);
    }));

  it('together with its embedded database, loses nothing that it acknowledged', () =>
    withSeed(async (random) => {
      fixture = await FaultFixture.embedded();
      const { writes } = fixture;
      const records = recordIds(20);
      let service = await fixture.service();
      await writes.create(service.url, records);
      const enough = writes.acknowledged.length + 20 + Math.floor(random() * 100);
      const load = { urls: [service.url], records, writers: 20, updates: 10 };
      const running = writeLoad(writes, random, load);
      await until('some are acknowledged', () => writes.acknowledged.length >= enough);
      const server = await fixture.postmaster();
      process.kill(server ?? 0, 'SIGKILL');
      await service.kill('SIGKILL');
      await running;
      service = await fixture.service();
      expect(await writes.findLogFaults(await fixture.policyPool())).toEqual([]);
      await fixture.caughtUp();
      expect(await fixture.faults()).toEqual([]);
      expect(writes.broken.length).toBeGreaterThan(0);
    }));
});

describe('Two services on the same databases', () => {
  it('deliver under load every version once, in order and without overlap', () =>
    withSeed(async (random) => {
      fixture = await FaultFixture.onServer();
      const { writes, receiver } = fixture;
      const services = await Promise.all([1, 2].map(() => fixture.service(unhurried)));
      const urls = services.map(({ url }) => url);
      const records = recordIds(30);
      await writes.create(urls[0] ?? '', records);
      await writeLoad(writes, random, { urls, records, writers: 16, updates: 25 });
      await fixture.caughtUp();
      expect(await fixture.faults()).toEqual([]);
      expect(writes.acknowledged).toHaveLength(430);
      expect(receiver.overlaps).toEqual([]);
      expect(fixture.duplicates).toBe(0);
    }));
});
