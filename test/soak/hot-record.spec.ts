import { setTimeout as pause } from 'node:timers/promises';
import { FaultFixture } from '../support/fault-fixture.js';
import { soakSize } from '../support/soak-size.js';
import { recordIds } from '../support/write-load.js';

const updates = soakSize('SOAK_HOT_UPDATES', 2_000);
const writers = 50;

describe(`A record that ${writers} writers change ${updates} times`, () => {
  let fixture: FaultFixture;

  afterEach(() => fixture.end());

  it('arrives in order, and delays the others by less than a quarter of a second', async () => {
    fixture = await FaultFixture.onServer();
    const { writes, receiver } = fixture;
    const service = await fixture.service({ SYNC_LEASE: '30', SYNC_TIMEOUT: '10' });
    await writes.create(service.url, [...recordIds(50), 'hot']);
    await fixture.caughtUp();
    const pool = await fixture.policyPool();
    let left = updates;
    const done = { is: false };
    const others = (async () => {
      for (let n = 0; !done.is; n += 1) {
        await writes.update(service.url, `p${n % 50}`);
        await pause(20);
      }
    })();
    await Promise.all(
      Array.from({ length: writers }, async () => {
        while (left-- > 0) await writes.update(service.url, 'hot');
      }),
    );
    done.is = true;
    await others;
    await fixture.caughtUp(60_000);
    expect(receiver.versionsOf('policies/hhs/hot')).toEqual(
      Array.from({ length: updates + 1 }, (_, index) => index + 1),
    );
    expect(await fixture.faults()).toEqual([]);
    const { rows } = await pool.query<{ p99: number; changes: number }>(
      `SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM a.attempted_at - c.changed_at) * 1000)
           ::float8 AS p99, count(*)::int AS changes
       FROM hms.sync_attempts a JOIN hms.changes c USING (agency, record_id, version)
       WHERE a.outcome = 'delivered' AND a.record_id <> 'hot' AND a.version > 1`,
    );
    const [{ p99, changes } = { p99: Number.NaN, changes: 0 }] = rows;
    console.log(`${changes} changes of other records: 99 % within ${p99.toFixed(1)} ms`);
    expect(changes).toBeGreaterThan(20);
    expect(p99).toBeLessThan(250);
  });
});
