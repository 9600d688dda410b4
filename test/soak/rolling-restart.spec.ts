import { FaultFixture } from '../support/fault-fixture.js';
import { restartFaults, restartOneByOne } from '../support/rolling-restart.js';
import { withSeed } from '../support/seed.js';

describe('Three API processes and three dispatchers', () => {
  let fixture: FaultFixture;

  afterEach(() => fixture.end());

  it('are replaced one by one, five times over, at 300 writes a second', () =>
    withSeed(async (random) => {
      fixture = await FaultFixture.onServer();
      const options = { size: 3, writesPerSecond: 300, rounds: 5, random };
      expect(await restartFaults(fixture, await restartOneByOne(fixture, options))).toEqual([]);
    }));
});
