import { FaultFixture } from '../support/fault-fixture.js';
import { outageOf } from '../support/receiver-outage.js';
import { withSeed } from '../support/seed.js';
import { recordIds, writeLoad } from '../support/write-load.js';

describe('An external system', () => {
  let fixture: FaultFixture;

  beforeEach(async () => {
    fixture = await FaultFixture.onServer();
  });

  afterEach(() => fixture.end());

  it('that is down for some seconds has every change within 10 s of its return', () =>
    withSeed(async (random) => {
      expect(await outageOf(4, fixture, random)).toBeLessThan(10_000);
      expect(await fixture.faults()).toEqual([]);
      expect(fixture.writes.refused).toEqual([]);
      expect(fixture.receiver.overlaps).toEqual([]);
    }));

  it('that fails every third request, each time differently, misses and swaps nothing', () =>
    withSeed(async (random) => {
      const { receiver, writes } = fixture;
      receiver.script = (_, index) =>
        index % 3 === 2
          ? (([{ status: 500 }, 'drop', 'hang'] as const)[((index - 2) / 3) % 3] ?? 'drop')
          : { status: 200 };
      const { url } = await fixture.service({ SYNC_TIMEOUT: '0.3' });
      const records = recordIds(30);
      await writes.create(url, records);
      await writeLoad(writes, random, { urls: [url], records, writers: 10, updates: 10 });
      await fixture.caughtUp(60_000);
      expect(await fixture.faults()).toEqual([]);
      expect(writes.acknowledged).toHaveLength(130);
      expect(writes.refused).toEqual([]);
      expect(receiver.overlaps).toEqual([]);
    }));
});
