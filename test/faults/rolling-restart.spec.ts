import { FaultFixture } from '../support/fault-fixture.js';
import { restartFaults, restartOneByOne } from '../support/rolling-restart.js';
import { withSeed } from '../support/seed.js';

describe('Two API processes and two dispatchers', () => {
  let fixture: FaultFixture;

  afterEach(() => fixture.end());

  it(
    'are replaced one by one under load without a change lost or sent twice, or a request unanswered',
    () =>
      withSeed(async (random) => {
        fixture = await FaultFixture.onServer();
        const options = { size: 2, writesPerSecond: 75, rounds: 1, random };
        expect(await restartFaults(fixture, await restartOneByOne(fixture, options))).toEqual([]);
      }),
    240_000,
  );
});
