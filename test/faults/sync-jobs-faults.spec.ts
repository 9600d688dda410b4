import { setTimeout as pause } from 'node:timers/promises';
import { FaultFixture } from '../support/fault-fixture.js';
import { until } from '../support/gate.js';

describe('A process that is killed while a new target is filled', () => {
  let fixture: FaultFixture;

  beforeEach(async () => {
    fixture = await FaultFixture.onServer();
  });

  afterEach(() => fixture.end());

  it('is followed by others, which go on where it was, while records are changed', async () => {
    const writer = await fixture.ownerSession();
    await writer.query(
      "INSERT INTO policies (agency, id, title) SELECT 'a' || n % 3, 'p' || n, 'old' FROM generate_series(1, 1500) n",
    );
    const enough = new AbortController();
    const writes = (async () => {
      for (let n = 1; !enough.signal.aborted; n += 7) {
        await pause(10);
        await writer.query("UPDATE policies SET title = 'new ' || version WHERE id = $1", [
          `p${(n % 1500) + 1}`,
        ]);
      }
    })();
    for (const share of [150, 500]) {
      const service = await fixture.service();
      await until('a part has come', () => fixture.receiver.received.length >= share);
      await service.kill('SIGKILL');
    }
    const pool = await fixture.policyPool();
    const { rowCount: unfinished } = await pool.query("SELECT FROM hms.sync_jobs WHERE state = 'running'");
    expect(unfinished).toBe(1);
    await fixture.service();
    await until(
      'the fill has ended',
      async () => {
        const { rowCount } = await pool.query("SELECT FROM hms.sync_jobs WHERE state = 'running'");
        return rowCount === 0;
      },
      60_000,
    );
    enough.abort();
    await writes;
    await fixture.caughtUp(30_000);
    expect(await fixture.faults({ newTarget: true })).toEqual([]);
    expect(new Set(fixture.receiver.accepted.map(({ record }) => record)).size).toBe(1500);
    const { rows } = await pool.query<{ records: number }>('SELECT records::int FROM hms.sync_jobs');
    // Those that were changed meanwhile have their cursor from the trigger.
    expect(rows[0]?.records).toBeLessThanOrEqual(1500);
  });
});
