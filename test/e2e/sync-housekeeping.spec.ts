import { Housekeeping } from '../../src/platform/sync/jobs/housekeeping.js';
import { JobRunner } from '../../src/platform/sync/jobs/job-runner.js';
import { until } from '../support/gate.js';
import { policies, SyncFixture } from '../support/sync-fixture.js';

const day = 24 * 3_600_000;

describe('the housekeeping of sync', () => {
  let sync: SyncFixture;
  let warnings: string[];
  let housekeeping: Housekeeping;

  beforeEach(async () => {
    sync = await SyncFixture.start();
    warnings = [];
    const log = { warn: (message: string) => warnings.push(message) };
    housekeeping = new Housekeeping(
      sync.superuser,
      { pauseLimit: 30 * day, attemptRetention: 10 * day },
      log,
    );
  });

  afterEach(() => sync.end());

  const target = (paused: string): Promise<number> =>
    sync.insert(
      `INSERT INTO hms.sync_targets (resource, name, url, paused, paused_at)
       VALUES ('policies', 'new', 'http://127.0.0.1:9', true, now() - interval '${paused}')`,
    );
  const count = async (table: string): Promise<number> => {
    const { rows } = await sync.superuser.query<{ count: number }>(`SELECT count(*)::int FROM ${table}`);
    return rows[0]?.count ?? -1;
  };
  const turns = async (): Promise<void> => {
    while (await housekeeping.turn());
  };

  it('detaches a target that was paused for too long, and gives it everything anew when it is resumed', async () => {
    const id = await target('31 days');
    await sync.insert("INSERT INTO hms.sync_jobs (target_id, kind) VALUES ($1, 'resync')", [id]);
    await sync.owner.query(
      "INSERT INTO policies (agency, id, title) SELECT 'hhs', 'p' || n, 'x' FROM generate_series(1, 1500) n",
    );
    expect(await count('hms.sync_cursors')).toBe(1500);
    const writer = await sync.owner.connect();
    await writer.query('BEGIN');
    await writer.query("UPDATE policies SET title = 'y' WHERE id = 'p7'");
    await until('only the one that is held is left', async () => {
      expect(await housekeeping.turn()).toBe(true);
      return (await count('hms.sync_cursors')) === 1;
    });
    await writer.query('COMMIT');
    writer.release();
    await turns();
    expect(await count('hms.sync_cursors')).toBe(0);
    expect(warnings).toEqual([expect.stringContaining('Sync of policies to new: paused for too long')]);
    expect(await count("hms.sync_jobs WHERE state = 'cancelled'")).toBe(1);
    await sync.update('p8');
    expect(await count('hms.sync_cursors')).toBe(0);
    await sync.superuser.query('UPDATE hms.sync_targets SET paused = false, detached = false');
    await sync.insert("INSERT INTO hms.sync_jobs (target_id, kind) VALUES ($1, 'resync')", [id]);
    const jobs = new JobRunner(sync.superuser, [policies], 2000);
    await until('it has all', async () => (await jobs.step()) === 'idle');
    expect(await count('hms.sync_cursors WHERE resync IS NOT NULL')).toBe(1500);
    await turns();
    expect(await count('hms.sync_cursors')).toBe(1500);
  });

  it('leaves a target that was paused a shorter time, and the cursors of those that are not paused', async () => {
    await target('29 days');
    await sync.create('p1');
    await turns();
    expect(await count('hms.sync_targets WHERE detached')).toBe(0);
    expect(await count('hms.sync_cursors')).toBe(1);
    await sync.superuser.query('DELETE FROM hms.sync_targets');
    await turns();
    expect(await count('hms.sync_cursors')).toBe(0);
  });

  it('does not delete the cursors of a target that is attached again meanwhile', async () => {
    const id = await target('31 days');
    await sync.create('p1');
    await turns();
    await sync.superuser.query('UPDATE hms.sync_targets SET detached = false, paused = false');
    await sync.create('p2');
    const operator = await sync.superuser.connect();
    await sync.superuser.query('UPDATE hms.sync_targets SET detached = true');
    await operator.query('BEGIN');
    await operator.query('UPDATE hms.sync_targets SET detached = false WHERE id = $1', [id]);
    const turn = turns();
    await until('it waits for the operator', async () => {
      const { rowCount } = await sync.superuser.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rowCount === 1;
    });
    await operator.query('COMMIT');
    operator.release();
    await turn;
    expect(await sync.cursor('p2')).toMatchObject({ latest_version: 1 });
  });

  it('deletes attempts and finished jobs that are old, and no others', async () => {
    const id = await target('1 day');
    await sync.superuser.query(
      `INSERT INTO hms.sync_attempts (target_id, agency, record_id, version, outcome, duration, attempted_at)
       SELECT $1, 'hhs', 'p1', 1, 'failed', 5, now() - CASE WHEN n <= 2100 THEN interval '11 days' ELSE interval '9 days' END
       FROM generate_series(1, 2150) n`,
      [id],
    );
    await sync.superuser.query(
      `INSERT INTO hms.sync_jobs (target_id, kind, state, created_at, finished_at)
       VALUES ($1, 'fill', 'done', now(), now() - interval '11 days'), ($1, 'fill', 'done', now(), now() - interval '9 days'),
         ($1, 'fill', 'running', now() - interval '20 days', NULL)`,
      [id],
    );
    await turns();
    expect(await count('hms.sync_attempts')).toBe(50);
    expect(await count('hms.sync_jobs')).toBe(2);
  });

  it('deletes idempotency keys after a day, and waits for none that is in use', async () => {
    await sync.superuser.query(
      `INSERT INTO hms.idempotency_keys (agency, key_hash, fingerprint, about, body, used_at)
       SELECT 'hhs', sha256(n::text::bytea), '', '{}', '{}',
         now() - CASE WHEN n <= 2100 THEN interval '24 hours 1 minute' ELSE interval '23 hours' END
       FROM generate_series(1, 2150) n`,
    );
    const user = await sync.superuser.connect();
    await user.query('BEGIN');
    await user.query("SELECT FROM hms.idempotency_keys WHERE key_hash = sha256('7') FOR UPDATE");
    await turns();
    expect(await count('hms.idempotency_keys')).toBe(51);
    await user.query('COMMIT');
    user.release();
    await turns();
    expect(await count('hms.idempotency_keys')).toBe(50);
  });
});
