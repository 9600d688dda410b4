import { findFaults } from '../support/delivery-oracle.js';
import { gate, until } from '../support/gate.js';
import { secret, SyncFixture } from '../support/sync-fixture.js';

describe('a record with many versions', () => {
  let sync: SyncFixture;

  beforeEach(async () => {
    sync = await SyncFixture.start();
    await sync.prepareTarget('concurrency = 4');
    await sync.create('hot');
  });

  afterEach(() => sync.end());

  const change = (times: number): Promise<unknown> =>
    sync.owner.query(`DO $$ BEGIN FOR n IN 1..${times} LOOP
      UPDATE policies SET title = 'v' || version + 1 WHERE id = 'hot'; END LOOP; END $$`);
  const faults = (): Promise<string[]> => findFaults(sync.receiver, sync.superuser, secret);

  it('does not queue up behind all others once for every few of its versions', async () => {
    await change(39);
    await sync.owner.query(
      "INSERT INTO policies (agency, id, title) SELECT 'hhs', 'p' || n, 'x' FROM generate_series(1, 300) n",
    );
    await sync.engine();
    await sync.caughtUp();
    const order = sync.receiver.received.map(({ record, version }) => `${record} ${version}`);
    // It has one of four places, so three others arrive with each of its versions.
    expect(order.indexOf('policies/hhs/hot 40')).toBeLessThan(300);
    expect(await faults()).toEqual([]);
    expect(sync.receiver.overlaps).toEqual([]);
  });

  it('has what it got written down under way, and keeps its claim and its versions since', async () => {
    const arrived = gate();
    const answer = gate();
    sync.receiver.script = async ({ version }) => {
      if (version === 20) {
        arrived.open();
        await answer.passed;
      }
      return { status: 204 };
    };
    await change(29);
    await sync.engine();
    await arrived.passed;
    const claimed = await sync.cursor('hot');
    await until('16 are written down', async () => (await sync.cursor('hot'))['delivered_version'] === 16);
    expect(await sync.cursor('hot')).toMatchObject({
      claim: claimed['claim'],
      claimed_until: claimed['claimed_until'],
      latest_version: 30,
    });
    expect(claimed['claim']).not.toBeNull();
    await sync.update('hot');
    answer.open();
    await sync.caughtUp();
    expect(sync.receiver.versionsOf('policies/hhs/hot')).toEqual(Array.from({ length: 31 }, (_, n) => n + 1));
    expect(await faults()).toEqual([]);
  });

  it('gives up its turn when its claim was taken from it', async () => {
    const arrived = gate();
    const answer = gate();
    sync.receiver.script = async ({ version }, index) => {
      if (version === 12 && index < 20) {
        arrived.open();
        await answer.passed;
      }
      return { status: 204 };
    };
    await change(39);
    await sync.engine();
    await arrived.passed;
    await until('8 are written down', async () => (await sync.cursor('hot'))['delivered_version'] === 8);
    // As when its lease was over and another process has it, which then dies.
    await sync.superuser.query(
      `UPDATE hms.sync_cursors SET claim = nextval('hms.sync_claims'), claimed_until = now() + interval '1 second'`,
    );
    answer.open();
    await sync.caughtUp();
    const versions = sync.receiver.versionsOf('policies/hhs/hot');
    expect(versions.slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
    // It went on to the end of what it had read, and may have had the next at hand.
    const again = versions.indexOf(9, 12);
    expect(again).toBeGreaterThanOrEqual(12);
    expect(again).toBeLessThanOrEqual(24);
    expect(await faults()).toEqual([]);
    expect(sync.receiver.overlaps).toEqual([]);
  });
});
