import { CursorStore } from '../../src/platform/sync/delivery/cursor-store.js';
import { JobRunner } from '../../src/platform/sync/jobs/job-runner.js';
import type { JobKind } from '../../src/platform/sync/jobs/sync-job.js';
import { findFaults } from '../support/delivery-oracle.js';
import { gate, until } from '../support/gate.js';
import { policies, secret, SyncFixture } from '../support/sync-fixture.js';

/** A record that is under way when it is marked waits for the end of its lease. */
const short = { lease: 1_000, timeout: 500 };

describe('sync jobs', () => {
  let sync: SyncFixture;

  beforeEach(async () => {
    sync = await SyncFixture.start();
  });

  afterEach(() => sync.end());

  const newTarget = (): Promise<number> =>
    sync.insert(
      "INSERT INTO hms.sync_targets (resource, name, url) VALUES ('policies', 'new', 'http://127.0.0.1:9')",
    );
  const job = (kind: JobKind, target: number): Promise<number> =>
    sync.insert('INSERT INTO hms.sync_jobs (target_id, kind) VALUES ($1, $2)', [target, kind]);
  const targetId = async (): Promise<number> => {
    const { rows } = await sync.superuser.query<{ id: number }>('SELECT id FROM hms.sync_targets');
    return rows[0]?.id ?? 0;
  };
  const ended = async (): Promise<boolean> => {
    const { rows } = await sync.superuser.query("SELECT FROM hms.sync_jobs WHERE state = 'running'");
    return rows.length === 0;
  };
  const runner = (batchSize?: number): JobRunner => new JobRunner(sync.superuser, [policies], batchSize);
  const runToEnd = (jobs: JobRunner): Promise<void> =>
    until('the job ends', async () => {
      await jobs.step();
      return ended();
    });
  /** What the receiver holds when it keeps what is newer, and every resync. */
  const held = (): Map<string, string> => {
    const state = new Map<string, { version: number; data: string }>();
    for (const { record, version, resync, body } of sync.receiver.accepted)
      if (resync || version > (state.get(record)?.version ?? 0))
        state.set(record, {
          version,
          data: JSON.stringify((JSON.parse(String(body)) as { data: unknown }).data),
        });
    return new Map([...state].map(([record, { data }]) => [record, data]));
  };
  const stored = async (): Promise<Map<string, string>> => {
    const { rows } = await sync.superuser.query<{ record: string; document: string }>(
      "SELECT 'policies/' || agency || '/' || id AS record, hms.policies_document(p)::text AS document FROM policies p",
    );
    return new Map(rows.map(({ record, document }) => [record, JSON.stringify(JSON.parse(document))]));
  };

  describe('a fill', () => {
    it('gives a new target the records it missed, while writers change them', async () => {
      await sync.owner.query(
        "INSERT INTO policies (agency, id, title) SELECT 'a' || n % 3, 'p' || n, 'old' FROM generate_series(1, 1200) n",
      );
      await sync.owner.query("UPDATE policies SET deleted_at = now() WHERE id = 'p7'");
      await sync.engine(short);
      for (let n = 0; n < 100; n += 1)
        await sync.owner.query("UPDATE policies SET title = 'new ' || version WHERE id IN ($1, $2)", [
          `p${n * 12 + 1}`,
          `p${(n % 10) * 12 + 1}`,
        ]);
      await until('the target is filled', ended);
      await sync.caughtUp();
      // The deleted record is none of the target's business.
      await sync.superuser.query(
        "ALTER TABLE hms.changes DISABLE TRIGGER USER; DELETE FROM hms.changes WHERE record_id = 'p7'",
      );
      expect(await findFaults(sync.receiver, sync.superuser, secret, { newTarget: true })).toEqual([]);
      expect(sync.receiver.received.filter(({ resync }) => resync)).toEqual([]);
    });

    it('waits for writers that could not see the target, even if they began after it', async () => {
      const [operator, writer] = [await sync.owner.connect(), await sync.owner.connect()];
      await operator.query('BEGIN');
      await operator.query(
        `WITH target AS (
           INSERT INTO hms.sync_targets (resource, name, url) VALUES ('policies', 'new', 'http://127.0.0.1:9') RETURNING id)
         INSERT INTO hms.sync_jobs (target_id, kind) SELECT id, 'fill' FROM target`,
      );
      await writer.query('BEGIN');
      await writer.query("INSERT INTO policies (agency, id, title) VALUES ('hhs', 'unseen', 'x')");
      await operator.query('COMMIT');
      const jobs = runner();
      for (let n = 0; n < 5; n += 1) expect(await jobs.step()).toBe('waiting');
      await writer.query('COMMIT');
      await runToEnd(jobs);
      expect(await sync.cursor('unseen')).toMatchObject({ latest_version: 1, delivered_version: 0 });
      operator.release();
      writer.release();
    });

    it.each(['fill', 'resync'] as const)(
      '(or %s) neither waits for a writer nor passes over its record',
      async (kind) => {
        for (const id of ['a', 'held', 'z']) await sync.create(id);
        await job(kind, await newTarget());
        const jobs = runner();
        await jobs.step();
        const writer = await sync.owner.connect();
        await writer.query('BEGIN');
        await writer.query("SELECT FROM policies WHERE id = 'held' FOR UPDATE");
        await until('it is at the record', async () => (await jobs.step()) === 'waiting');
        await until('what lies before it is done', async () => {
          await jobs.step();
          return (await sync.cursor('a'))['latest_version'] === 1;
        });
        expect(await sync.cursor('held')).toEqual({});
        await writer.query('ROLLBACK');
        writer.release();
        await runToEnd(jobs);
        for (const id of ['a', 'held', 'z'])
          expect(await sync.cursor(id)).toMatchObject({ latest_version: 1 });
      },
    );

    it('gives a target no more while it has enough to do', async () => {
      for (let n = 0; n < 6; n += 1) await sync.create(`p${n}`);
      await job('fill', await newTarget());
      const jobs = runner(2);
      await until('it has enough to do', async () => (await jobs.step()) === 'moved');
      for (let n = 0; n < 5; n += 1) expect(await jobs.step()).toBe('waiting');
      const { rows } = await sync.superuser.query<{ count: string }>('SELECT count(*) FROM hms.sync_cursors');
      expect(rows).toEqual([{ count: '2' }]);
      await sync.superuser.query('UPDATE hms.sync_cursors SET due_at = NULL');
      await until('it goes on', async () => (await jobs.step()) === 'moved');
    });

    it('ends once, and is then left alone', async () => {
      await job('fill', await newTarget());
      await sync.create('p1');
      const jobs = runner();
      await runToEnd(jobs);
      const row = async (): Promise<unknown[]> =>
        (await sync.superuser.query<object>('SELECT xmin, finished_at FROM hms.sync_jobs')).rows;
      const before = await row();
      expect(await jobs.step()).toBe('idle');
      expect(await row()).toEqual(before);
    });
  });

  describe('a resync', () => {
    it('brings every record in line while writers change them, deleted ones included', async () => {
      await sync.engine(short);
      await sync.owner.query(
        "INSERT INTO policies (agency, id, title) SELECT 'a' || n % 3, 'p' || n, 'old' FROM generate_series(1, 800) n",
      );
      await sync.owner.query("UPDATE policies SET deleted_at = now() WHERE id IN ('p7', 'p500')");
      await sync.caughtUp();
      const before = sync.receiver.received.length;
      const id = await job('resync', await targetId());
      for (let n = 0; n < 100; n += 1)
        await sync.owner.query("UPDATE policies SET title = 'new ' || version WHERE id = $1", [
          `p${n * 7 + 1}`,
        ]);
      await until('it has ended', ended);
      await sync.caughtUp();
      const resynced = sync.receiver.received.slice(before).filter(({ resync }) => resync);
      expect(new Set(resynced.map(({ record }) => record)).size).toBe(800);
      expect(resynced.every(({ headers }) => String(headers['webhook-id']).endsWith(`_r${id}`))).toBe(true);
      expect(held()).toEqual(await stored());
      // Nothing older came after something newer.
      for (const versions of Map.groupBy(
        sync.receiver.received.slice(before),
        ({ record }) => record,
      ).values())
        expect(versions.map(({ version }) => version)).toEqual(
          versions.map(({ version }) => version).toSorted((a, b) => a - b),
        );
      expect(sync.receiver.overlaps).toEqual([]);
    });

    it('is not undone by an acknowledgement under way, nor sends while that is under way', async () => {
      const arrived = gate();
      const answer = gate();
      sync.receiver.script = async ({ resync }, index) => {
        if (index === 0) {
          arrived.open();
          await answer.passed;
        }
        return { status: resync || index === 0 ? 204 : 500 };
      };
      await sync.engine({ lease: 1_500, timeout: 1_000 });
      await sync.create('p1');
      await arrived.passed;
      await job('resync', await targetId());
      await until('it has ended', ended);
      answer.open();
      await sync.caughtUp();
      expect(sync.receiver.received.map(({ resync }) => resync)).toEqual([false, true]);
      expect(sync.receiver.overlaps).toEqual([]);
    });

    it('leaves a held record to its operator, and brings it in line then', async () => {
      const engine = await sync.engine(short);
      await sync.create('p1');
      await until('the target is filled', ended);
      await sync.caughtUp();
      await engine.stop();
      await sync.superuser.query('UPDATE hms.sync_cursors SET held_at = now(), attempts = 8');
      const id = await job('resync', await targetId());
      await runToEnd(runner());
      expect(await sync.cursor('p1')).toMatchObject({ resync: id, due_at: null, attempts: 8 });
    });

    it('makes the cursors anew that a detached target has lost, and corrects those that were left', async () => {
      const engine = await sync.engine(short);
      await sync.create('left');
      await sync.create('lost');
      await sync.create('gone');
      await until('the target is filled', ended);
      await sync.caughtUp();
      await engine.stop();
      await sync.superuser.query('UPDATE hms.sync_targets SET detached = true');
      await sync.superuser.query("DELETE FROM hms.sync_cursors WHERE record_id <> 'left'");
      for (const id of ['left', 'lost']) await sync.update(id);
      await sync.owner.query("UPDATE policies SET deleted_at = now() WHERE id = 'gone'");
      expect(await sync.cursor('left')).toMatchObject({ latest_version: 1 });
      await job('resync', await targetId());
      expect(await runner().step()).toBe('waiting');
      await sync.superuser.query('UPDATE hms.sync_targets SET detached = false');
      await runToEnd(runner());
      await sync.engine(short);
      await sync.caughtUp();
      expect(held()).toEqual(await stored());
    });
  });

  describe('a replay', () => {
    const replay = (target: number, since: string): Promise<number> =>
      sync.insert("INSERT INTO hms.sync_jobs (target_id, kind, since) VALUES ($1, 'replay', $2)", [
        target,
        since,
      ]);
    const now = async (): Promise<string> => {
      const { rows } = await sync.superuser.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
      return rows[0]?.now ?? '';
    };

    it('sends again what was changed since, in order, with the same ids, while changes go on', async () => {
      await sync.engine(short);
      for (let n = 0; n < 20; n += 1) await sync.create(`p${n}`);
      await sync.create('older');
      for (let n = 0; n < 20; n += 1) await sync.update(`p${n}`);
      const since = await now();
      for (let n = 0; n < 60; n += 1) await sync.update(`p${n % 20}`);
      await sync.caughtUp();
      const before = sync.receiver.received.length;
      await replay(await targetId(), since);
      for (let n = 0; n < 40; n += 1) await sync.update(`p${n % 20}`);
      await until('it has ended', ended);
      await sync.caughtUp();
      const again = Map.groupBy(sync.receiver.received.slice(before), ({ record }) => record);
      expect(again.size).toBe(20);
      for (const messages of again.values()) {
        const versions = messages.map(({ version }) => version);
        // Versions 6 and 7 may have come before the record was set back.
        expect(versions.slice(versions.indexOf(3))).toEqual([3, 4, 5, 6, 7]);
      }
      expect(await findFaults(sync.receiver, sync.superuser, secret)).toEqual([]);
      expect(sync.receiver.overlaps).toEqual([]);
    });

    it('is not undone by an acknowledgement under way', async () => {
      const engine = await sync.engine(short);
      await sync.create('p1');
      await sync.update('p1');
      await sync.caughtUp();
      await engine.stop();
      await sync.update('p1');
      const store = new CursorStore(sync.superuser);
      const target = await targetId();
      const [claim] = await store.claim(new Map([[target, 1]]), 60_000);
      await replay(target, '2000-01-01T00:00:00Z');
      await runToEnd(runner());
      const { id, claim: number, place } = claim ?? { id: '', claim: '', place: '' };
      const late = {
        resource: 'policies',
        delivered: 3,
        resync: null,
        retryIn: null,
        attempts: 0,
        status: 204,
        error: null,
      };
      expect(await store.acknowledge([{ ...late, id, place, claim: number }])).toEqual(['fenced']);
      expect(await sync.cursor('p1')).toMatchObject({ delivered_version: 0, latest_version: 3 });
      // Nobody else gets it while the first may still be sending.
      expect(await store.claim(new Map([[target, 1]]), 60_000)).toEqual([]);
    });

    it('begins with the first version that a retention has left, and brings records with a gap in line', async () => {
      await sync.engine(short);
      for (const id of ['cut', 'gap']) {
        await sync.create(id);
        for (let n = 0; n < 4; n += 1) await sync.update(id);
      }
      await sync.caughtUp();
      await sync.superuser.query(
        `ALTER TABLE hms.changes DISABLE TRIGGER USER;
         DELETE FROM hms.changes WHERE record_id = 'cut' AND version < 3 OR record_id = 'gap' AND version = 3`,
      );
      const before = sync.receiver.received.length;
      await replay(await targetId(), '2000-01-01T00:00:00Z');
      await until('it has ended', ended);
      await sync.caughtUp();
      const again = Map.groupBy(sync.receiver.received.slice(before), ({ record }) => record);
      const seen = (id: string) =>
        again.get(`policies/hhs/${id}`)?.map(({ version, resync }) => [version, resync]);
      expect(seen('cut')).toEqual([3, 4, 5].map((version) => [version, false]));
      expect(seen('gap')).toEqual([[5, true]]);
    });

    it('passes over held records, and is of one record where it names one', async () => {
      const engine = await sync.engine(short);
      for (const id of ['held', 'one', 'other'])
        for (const step of ['create', 'update'] as const) await sync[step](id);
      await sync.caughtUp();
      await until('the new target is filled', async () => {
        const { rowCount } = await sync.superuser.query(
          "SELECT FROM hms.sync_jobs WHERE state = 'running' LIMIT 1",
        );
        return rowCount === 0;
      });
      await engine.stop();
      await sync.superuser.query("UPDATE hms.sync_cursors SET held_at = now() WHERE record_id = 'held'");
      const target = await targetId();
      await sync.insert(
        "INSERT INTO hms.sync_jobs (target_id, kind, since_version, agency, record_id) VALUES ($1, 'replay', 2, 'hhs', 'one')",
        [target],
      );
      await runToEnd(runner(1));
      expect(await sync.cursor('one')).toMatchObject({ delivered_version: 1 });
      expect(await sync.cursor('other')).toMatchObject({ delivered_version: 2, due_at: null });
      await replay(target, '2000-01-01T00:00:00Z');
      await runToEnd(runner());
      expect(await sync.cursor('other')).toMatchObject({ delivered_version: 0 });
      expect(await sync.cursor('held')).toMatchObject({ delivered_version: 2, due_at: null });
    });
  });

  it('goes on where another process was killed, twice', async () => {
    for (let n = 0; n < 40; n += 1) await sync.create(`p${String(n).padStart(2, '0')}`);
    await job('fill', await newTarget());
    await until('it has begun', async () => (await runner(10).step()) === 'moved');
    for (let death = 0; death < 2; death += 1) {
      await sync.superuser.query('UPDATE hms.sync_cursors SET due_at = NULL');
      // A session that ends in the middle of its transaction is what a kill is to the database.
      const session = await sync.superuser.connect();
      session.on('error', () => undefined);
      await session.query('BEGIN');
      await session.query('SELECT FROM hms.sync_jobs FOR UPDATE');
      await session.query("UPDATE hms.sync_jobs SET after_id = 'zz', records = 1000");
      expect(await runner(10).step()).toBe('waiting');
      session.release(true);
      await until('another goes on', async () => (await runner(10).step()) === 'moved');
    }
    await sync.superuser.query('UPDATE hms.sync_cursors SET due_at = NULL');
    await runToEnd(runner(50));
    const { rows } = await sync.superuser.query<{ records: string; cursors: string }>(
      'SELECT records, (SELECT count(*) FROM hms.sync_cursors) AS cursors FROM hms.sync_jobs',
    );
    expect(rows).toEqual([{ records: '40', cursors: '40' }]);
  });
});
