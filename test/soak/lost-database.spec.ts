import { FaultFixture } from '../support/fault-fixture.js';
import { refusedConnections } from '../support/lost-database.js';
import { soakSize } from '../support/soak-size.js';

const seconds = soakSize('SOAK_REFUSED_SECONDS', 60);

describe('A database', () => {
  let fixture: FaultFixture;

  afterEach(() => fixture.end());

  it(`that refuses connections for ${seconds} seconds under load costs no change, and deliveries go on within 5 s`, async () => {
    const proxied = await FaultFixture.behindProxy();
    ({ fixture } = proxied);
    const service = await fixture.service();
    expect(await refusedConnections(seconds, fixture, service, proxied.proxy)).toBeLessThan(5_000);
  });
});
