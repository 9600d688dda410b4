import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseReader } from '../../src/platform/operations/metrics/database-reading.js';
import { alarmLimit } from '../support/alarm-limit.js';
import { until } from '../support/gate.js';
import { soakSize } from '../support/soak-size.js';
import { SyncFixture } from '../support/sync-fixture.js';
import { recordIds } from '../support/write-load.js';

const minutes = soakSize('SOAK_SNAPSHOT_MINUTES', 60);
const records = 200;
/** Milliseconds for which claims are measured without the transaction. */
const calm = 60_000;

describe(`A transaction that holds its snapshot for ${minutes} minutes`, () => {
  let sync: SyncFixture;

  beforeEach(async () => {
    sync = await SyncFixture.start();
  });

  afterEach(() => sync.end());

  /** Changes records for a time, about 50 a second. @returns how long the slowest hundredth of the claims took */
  async function load(milliseconds: number): Promise<number> {
    sync.claimTimes.length = 0;
    const ends = performance.now() + milliseconds;
    for (let n = 0; performance.now() < ends; n += 1) {
      await sync.update(`p${n % records}`);
      await pause(15);
    }
    const sorted = sync.claimTimes.toSorted((one, other) => one - other);
    // What was received is of no interest here, and would fill the memory.
    sync.receiver.received.length = 0;
    return (sorted[Math.floor(sorted.length * 0.99)] ?? 0) * 1_000;
  }

  it('makes claims less than five times slower, sets off its alarm, and leaves nothing behind', async () => {
    await sync.engine();
    for (const id of recordIds(records)) await sync.create(id);
    await load(5_000);
    const before = await load(calm);
    const reader = new DatabaseReader(sync.superuser);
    const limit = await alarmLimit('HmsTransactionOpen', 'hms_database_oldest_transaction_seconds');
    const alarm = { isDue: false, isOn: false };
    const holder = await sync.owner.connect();
    await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await holder.query('SELECT count(*) FROM policies');
    let during = 0;
    for (let minute = 1; minute <= minutes; minute += 1) {
      during = await load(60_000);
      const { oldestTransaction } = await reader.read();
      alarm.isDue = 60 * minute > limit;
      alarm.isOn = oldestTransaction > limit;
      expect(oldestTransaction).toBeGreaterThanOrEqual(60 * minute);
      console.log(`minute ${minute}: claims p99 ${during.toFixed(1)} ms`);
    }
    await holder.query('COMMIT');
    holder.release();
    await sync.superuser.query('VACUUM hms.sync_cursors');
    const after = await load(calm);
    console.log(
      `claims p99: ${before.toFixed(1)} ms before, ${during.toFixed(1)} ms during, ${after.toFixed(1)} ms after`,
    );
    expect(alarm.isOn).toBe(alarm.isDue);
    expect(during).toBeLessThan(5 * before);
    expect(after).toBeLessThan(2 * before);
    expect((await reader.read()).oldestTransaction).toBeLessThan(60);
    await sync.caughtUp();
    await until('nothing is left', async () => {
      const { rowCount } = await sync.superuser.query(
        'SELECT FROM hms.sync_cursors WHERE delivered_version <> latest_version',
      );
      return rowCount === 0;
    });
    expect(sync.errors).toEqual([]);
  });
});
