import { FaultFixture } from '../support/fault-fixture.js';
import { outageOf } from '../support/receiver-outage.js';
import { withSeed } from '../support/seed.js';
import { soakSize } from '../support/soak-size.js';

const seconds = soakSize('SOAK_OUTAGE_SECONDS', 30);

describe('An external system', () => {
  let fixture: FaultFixture;

  afterEach(() => fixture.end());

  it(`that is down for ${seconds} seconds has every change within 15 s of its return`, () =>
    withSeed(async (random) => {
      fixture = await FaultFixture.onServer();
      expect(await outageOf(seconds, fixture, random)).toBeLessThan(15_000);
      expect(await fixture.faults()).toEqual([]);
      expect(fixture.writes.refused).toEqual([]);
      expect(fixture.receiver.overlaps).toEqual([]);
    }));
});
