import { JobRunner } from '../../src/platform/sync/jobs/job-runner.js';
import { keepReplaysAway } from '../../src/platform/sync/jobs/replay-lock.js';
import { gate, until } from '../support/gate.js';
import { policies, SyncFixture } from '../support/sync-fixture.js';

describe('a job', () => {
  let sync: SyncFixture;

  beforeEach(async () => {
    sync = await SyncFixture.start();
    await sync.prepareTarget('url = url');
  });

  afterEach(() => sync.end());

  const start = (kind: string, sinceVersion: number | null = null): Promise<unknown> =>
    sync.insert(
      'INSERT INTO hms.sync_jobs (target_id, kind, since_version) SELECT id, $1, $2 FROM hms.sync_targets',
      [kind, sinceVersion],
    );
  const ended = async (): Promise<boolean> =>
    (await sync.superuser.query("SELECT FROM hms.sync_jobs WHERE state = 'running'")).rowCount === 0;

  it.each([
    ['resync', null, [1, 2, 2]],
    ['replay', 1, [1, 2, 1, 2]],
  ])(
    'of the kind %s has a record that is under way sent as soon as that is answered',
    async (kind, sinceVersion, versions) => {
      const arrived = gate();
      const answer = gate();
      await sync.create('p1');
      await sync.engine();
      await sync.caughtUp();
      sync.receiver.script = async (_, index) => {
        if (index === 1) {
          arrived.open();
          await answer.passed;
        }
        return { status: 204 };
      };
      await sync.engine({ lease: 600_000 });
      await sync.update('p1');
      await arrived.passed;
      await start(kind, sinceVersion);
      await until('the record is marked', ended);
      expect(sync.receiver.received).toHaveLength(2);
      answer.open();
      await until('it is sent again', () => sync.receiver.received.length > 2);
      await sync.caughtUp();
      expect(sync.receiver.versionsOf('policies/hhs/p1')).toEqual(versions);
      expect(await sync.cursor('p1')).toMatchObject({ claim: null, resync: null, delivered_version: 2 });
      expect(sync.receiver.overlaps).toEqual([]);
    },
  );

  it('that replays waits while versions are being removed, and sends what is left of them', async () => {
    const engine = await sync.engine();
    await sync.create('p1');
    for (let n = 0; n < 3; n += 1) await sync.update('p1');
    await sync.caughtUp();
    await engine.stop();
    const retention = await sync.superuser.connect();
    await retention.query('BEGIN');
    await keepReplaysAway(retention);
    await retention.query('SET LOCAL hms.retention = 1');
    await retention.query('DELETE FROM hms.changes WHERE version <= 2');
    await start('replay', 1);
    const jobs = new JobRunner(sync.superuser, [policies]);
    expect(await jobs.step()).toBe('waiting');
    expect(await sync.cursor('p1')).toMatchObject({ delivered_version: 4, due_at: null });
    await retention.query('COMMIT');
    retention.release();
    await until('the replay ends', async () => {
      await jobs.step();
      return ended();
    });
    await sync.engine();
    await sync.caughtUp();
    expect(sync.receiver.versionsOf('policies/hhs/p1')).toEqual([1, 2, 3, 4, 3, 4]);
    expect(sync.errors).toEqual([]);
  });
});
