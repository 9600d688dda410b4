import type { Pool } from 'pg';
import {
  type Acknowledgement,
  type Claim,
  CursorStore,
} from '../../src/platform/sync/delivery/cursor-store.js';
import type { DeliveryClient } from '../../src/platform/sync/delivery/delivery-client.js';
import { findFaults } from '../support/delivery-oracle.js';
import { gate, until } from '../support/gate.js';
import { secret, SyncFixture } from '../support/sync-fixture.js';

/** That the target has taken version 1, and nothing more. */
const firstTaken = ({ id, claim, place }: Claim): Acknowledgement => ({
  id,
  claim,
  place,
  resource: 'policies',
  delivered: 1,
  resync: null,
  retryIn: null,
  attempts: 0,
  status: 204,
  error: null,
});

describe('sync', () => {
  let sync: SyncFixture;

  beforeEach(async () => {
    sync = await SyncFixture.start();
  });

  afterEach(() => sync.end());

  const faults = (): Promise<string[]> => findFaults(sync.receiver, sync.superuser, secret);
  const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${index}`);

  /** Makes records and changes them, several writers at once. */
  async function write(count: number, updates: number): Promise<void> {
    await Promise.all(
      ids(count).map(async (id) => {
        await sync.create(id);
        for (let n = 0; n < updates; n += 1) await sync.update(id);
      }),
    );
  }

  it('delivers every version of every record in order while writers work in parallel', async () => {
    await sync.engine();
    await write(40, 5);
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
    expect(sync.receiver.received).toHaveLength(240);
    expect(sync.receiver.overlaps).toEqual([]);
  });

  it('delivers the many versions of a hot record strictly one after another', async () => {
    await sync.engine();
    await sync.create('hot');
    await Promise.all(
      ids(10).map(async () => {
        for (let n = 0; n < 8; n += 1) await sync.update('hot');
      }),
    );
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
    expect(sync.receiver.versionsOf('policies/hhs/hot')).toEqual(Array.from({ length: 81 }, (_, n) => n + 1));
    expect(sync.receiver.overlaps).toEqual([]);
  });

  it('sends the deletion of a record as a version with deleted set', async () => {
    await sync.engine();
    await sync.create('gone');
    await sync.owner.query("UPDATE policies SET deleted_at = now() WHERE id = 'gone'");
    await sync.caughtUp();
    const last = sync.receiver.received.at(-1);
    expect(last?.headers['ce-type']).toBe('gov.hms.policy.deleted');
    expect(JSON.parse(String(last?.body))).toMatchObject({ id: 'gone', data: { version: 2, deleted: true } });
    expect(await faults()).toEqual([]);
  });

  it('keeps the records of two agencies apart that have the same id', async () => {
    await sync.engine();
    await sync.create('123', 'hhs');
    await sync.create('123', 'va');
    await sync.caughtUp();
    const received = sync.receiver.received.map(({ record }) => record).sort();
    expect(received).toEqual(['policies/hhs/123', 'policies/va/123']);
    expect(await faults()).toEqual([]);
  });

  it('loses and swaps nothing at a receiver that fails every third request', async () => {
    sync.receiver.script = (_, index) => ({ status: index % 3 === 2 ? 500 : 200 });
    await sync.engine();
    await write(20, 5);
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
  });

  it('loses nothing when connections break before the answer', async () => {
    sync.receiver.script = (_, index) => (index % 7 === 6 ? 'drop' : { status: 200 });
    await sync.engine();
    await write(20, 3);
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
  });

  it('tells once that a target is down and once that it is back, without its address', async () => {
    await sync.receiver.down();
    await sync.engine();
    await write(20, 0);
    await until('it is told', () => sync.warnings.length > 0);
    await sync.receiver.up();
    await sync.probeNow();
    await sync.caughtUp();
    expect(sync.warnings).toEqual([
      expect.stringMatching(
        /^Sync of policies to environment: \d+ requests in a row failed, .* connection refused/,
      ),
    ]);
    expect(sync.infos).toEqual([
      expect.stringMatching(/^Sync of policies to environment: takes changes again, after \d+ seconds/),
    ]);
  });

  it('spares a receiver that is down, and catches up within seconds of its return', async () => {
    await sync.receiver.down();
    await sync.engine();
    await write(150, 1);
    await until('the outage is noticed', async () => {
      const { rows } = await sync.superuser.query<{ failed: string }>(
        "SELECT count(*) AS failed FROM hms.sync_cursors WHERE last_error = 'connection refused'",
      );
      return Number(rows[0]?.failed) >= 5;
    });
    await sync.receiver.up();
    await sync.caughtUp(10_000);
    expect(await faults()).toEqual([]);
    const { rows } = await sync.superuser.query('SELECT FROM hms.sync_cursors WHERE attempts > 0');
    expect(rows).toEqual([]);
  });

  it('sends no second request to a receiver that asks to be left alone', async () => {
    sync.receiver.script = (_, index) =>
      index === 0 ? { status: 503, headers: { 'retry-after': '2' } } : { status: 200 };
    const engine = await sync.engine();
    await sync.create('p1');
    engine.wake();
    await until('it refuses', async () => (await sync.cursor('p1'))['last_status'] === 503);
    const refused = performance.now();
    await sync.create('p2');
    engine.wake();
    await sync.caughtUp();
    expect(performance.now() - refused).toBeGreaterThan(1_500);
    expect(sync.receiver.received).toHaveLength(3);
    expect(await faults()).toEqual([]);
  });

  it('delivers the other records while one is refused for ever', async () => {
    sync.receiver.script = ({ record }) => ({ status: record.endsWith('/poison') ? 422 : 200 });
    await sync.engine();
    await sync.create('poison');
    await write(10, 3);
    await until('the others are delivered', () => sync.receiver.accepted.length === 40);
    expect(await sync.cursor('poison')).toMatchObject({
      delivered_version: 0,
      last_status: 422,
      last_error: 'HTTP 422',
    });
    sync.receiver.script = () => ({ status: 200 });
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
  });

  it('goes on with the other records when no message can be made of one', async () => {
    const broken = (client: DeliveryClient): Pick<DeliveryClient, 'post'> => ({
      post: (target, message) => {
        if (message.headers['ce-subject'] === 'broken') throw new Error('unspeakable');
        return client.post(target, message);
      },
    });
    await sync.engine({}, broken);
    await sync.create('broken');
    await sync.create('p1');
    await until('p1 is acknowledged', async () => (await sync.cursor('p1'))['delivered_version'] === 1);
    await until('broken is held', async () => (await sync.cursor('broken'))['last_error'] !== null);
    expect(await sync.cursor('broken')).toMatchObject({
      delivered_version: 0,
      last_error: 'no message can be made',
    });
    expect(sync.errors).toContainEqual(expect.stringContaining('record broken of agency hhs'));
  });

  it('sends nothing of a transaction that is rolled back', async () => {
    await sync.engine();
    await sync.create('p1');
    const writer = await sync.owner.connect();
    await writer.query('BEGIN');
    await writer.query("UPDATE policies SET title = 'never' WHERE id = 'p1'");
    await writer.query("INSERT INTO policies (agency, id, title) VALUES ('hhs', 'phantom', 'never')");
    await sync.create('p2');
    await until('p2 has arrived', () => sync.receiver.versionsOf('policies/hhs/p2').length === 1);
    await writer.query('ROLLBACK');
    writer.release();
    await sync.update('p1');
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
    expect(sync.receiver.received).toHaveLength(3);
  });

  it('keeps delivering other records while a transaction stays open, and delivers that once it commits', async () => {
    await sync.engine();
    await write(10, 0);
    await sync.create('open');
    await sync.caughtUp();
    const writer = await sync.owner.connect();
    await writer.query('BEGIN');
    await writer.query("UPDATE policies SET title = 'v2' WHERE id = 'open'");
    await writer.query("INSERT INTO policies (agency, id, title) VALUES ('hhs', 'made', 'v1')");
    const begun = performance.now();
    const delays: number[] = [];
    let version = 1;
    // Longer than claims look back for what was committed late.
    while (performance.now() - begun < 6_000) {
      version += 1;
      const changed = performance.now();
      await Promise.all(ids(10).map((id) => sync.update(id)));
      await until(
        'the others have arrived',
        () => ids(10).every((id) => sync.receiver.versionsOf(`policies/hhs/${id}`).at(-1) === version),
        5_000,
      );
      delays.push(performance.now() - changed);
    }
    const ofWriter = (): number[][] =>
      ['open', 'made'].map((id) => sync.receiver.versionsOf(`policies/hhs/${id}`));
    expect(ofWriter()).toEqual([[1], []]);
    const committed = performance.now();
    await writer.query('COMMIT');
    writer.release();
    await until('its changes have arrived', () => ofWriter().flat().length === 3);
    const took = performance.now() - committed;
    delays.sort((one, other) => one - other);
    const [median = Number.NaN, slowest = Number.NaN] = [delays[delays.length >> 1], delays.at(-1)];
    console.log(
      `Others: ${delays.length} rounds, median ${Math.round(median)} ms, slowest ${Math.round(slowest)} ms; ` +
        `the transaction's own: ${Math.round(took)} ms after its end`,
    );
    expect(median).toBeLessThan(1_000);
    await sync.caughtUp();
    expect(ofWriter()).toEqual([[1, 2], [1]]);
    expect(await faults()).toEqual([]);
  });

  it('takes over what a process left that died after its request was accepted', async () => {
    const frozen = gate();
    const sent = gate();
    const dies = (client: DeliveryClient): Pick<DeliveryClient, 'post'> => ({
      post: async (...message) => {
        const answer = await client.post(...message);
        sent.open();
        await frozen.passed;
        return answer;
      },
    });
    // Its only slot stays taken: it does nothing more.
    const first = await sync.engine({ lease: 1_000, timeout: 500, concurrency: 1 }, dies);
    await sync.create('p1');
    await sent.passed;
    await sync.engine({ lease: 1_000, timeout: 500 });
    await sync.update('p1');
    await until(
      'the other process delivered both',
      async () => (await sync.cursor('p1'))['delivered_version'] === 2,
    );
    // The first process comes back, and acknowledges version 1 under a claim that is no longer its own.
    frozen.open();
    await first.stop();
    expect(await sync.cursor('p1')).toMatchObject({ delivered_version: 2, due_at: null });
    expect(sync.receiver.versionsOf('policies/hhs/p1')).toEqual([1, 1, 2]);
    expect(await faults()).toEqual([]);
  });

  it('acknowledges once a writer that held the cursor is done, without sending again', async () => {
    const arrived = gate();
    const answer = gate();
    sync.receiver.script = async (_, index) => {
      if (index === 0) {
        arrived.open();
        await answer.passed;
      }
      return { status: 200 };
    };
    await sync.engine();
    await sync.create('p1');
    await arrived.passed;
    const writer = await sync.owner.connect();
    await writer.query('BEGIN');
    await writer.query("UPDATE policies SET title = 'v2' WHERE id = 'p1'");
    answer.open();
    // Another record goes all the way meanwhile: nothing waits for the writer.
    await sync.create('p2');
    await until('p2 is acknowledged', async () => (await sync.cursor('p2'))['delivered_version'] === 1);
    expect(await sync.cursor('p1')).toMatchObject({ delivered_version: 0 });
    await writer.query('COMMIT');
    writer.release();
    await sync.caughtUp();
    expect(sync.receiver.versionsOf('policies/hhs/p1')).toEqual([1, 2]);
    expect(await faults()).toEqual([]);
  });

  it('claims without touching an index, and finds the cursor due again when a version came meanwhile', async () => {
    const arrived = gate();
    const answer = gate();
    sync.receiver.script = async (_, index) => {
      if (index === 0) {
        arrived.open();
        await answer.passed;
      }
      return { status: 200 };
    };
    const engine = await sync.engine();
    await sync.create('p1');
    await arrived.passed;
    const { due_at: due, claimed_until: lease } = await sync.cursor('p1');
    await sync.update('p1');
    expect(await sync.cursor('p1')).toMatchObject({ due_at: due, claimed_until: lease, latest_version: 2 });
    answer.open();
    await sync.caughtUp();
    expect(sync.receiver.versionsOf('policies/hhs/p1')).toEqual([1, 2]);
    expect(await sync.cursor('p1')).toMatchObject({ due_at: null, claimed_until: null });
    const hot = async (): Promise<boolean> => {
      // A session that idles keeps its figures to itself for ten seconds, one that works for one.
      engine.wake();
      await sync.owner.query('SELECT');
      // The claim, and the version that came while the cursor was due.
      const { rows } = await sync.superuser.query<{ hot: string }>(
        "SELECT n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relname = 'sync_cursors'",
      );
      return Number(rows[0]?.hot) >= 3;
    };
    await until('the statistics show that', hot);
  });

  it('claims what became due in the time at which it is told to look', async () => {
    const store = new CursorStore(sync.superuser);
    const { rows } = await sync.superuser.query<{ id: number }>(
      `INSERT INTO hms.sync_targets (resource, name, origin, url)
       VALUES ('policies', 'environment', 'environment', 'http://127.0.0.1:9') RETURNING id`,
    );
    const target = rows[0]?.id ?? 0;
    for (const id of ['old', 'new']) await sync.create(id);
    await sync.superuser.query(
      "UPDATE hms.sync_cursors SET due_at = now() - interval '1 minute' WHERE record_id = 'old'",
    );
    const slots = new Map([[target, 10]]);
    const claim = (from: number, to: number) =>
      store.claim(slots, 60_000, new Set(), new Map([[target, { from, to }]]));
    expect((await claim(30_000, 0)).map(({ recordId }) => recordId)).toEqual(['new']);
    expect(await claim(50_000, 30_000)).toEqual([]);
    const [old] = await claim(Number.POSITIVE_INFINITY, 50_000);
    expect(old?.recordId).toBe('old');
    expect(old?.dueFor).toBeGreaterThanOrEqual(60_000);
    expect(old?.dueFor).toBeLessThan(120_000);
  });

  it('claims as many as it has room for, while a writer changes the same records', async () => {
    const store = new CursorStore(sync.superuser);
    const { rows } = await sync.superuser.query<{ id: number }>(
      `INSERT INTO hms.sync_targets (resource, name, origin, url)
       VALUES ('policies', 'environment', 'environment', 'http://127.0.0.1:9') RETURNING id`,
    );
    await sync.superuser.query(
      `INSERT INTO hms.sync_cursors (target_id, agency, record_id, latest_version, pending_since, due_at)
       SELECT $1, 'hhs', 'r' || n, 1, now(), now() FROM generate_series(1, 2000) n`,
      [rows[0]?.id],
    );
    const claimed = new AbortController();
    const write = async (): Promise<void> => {
      for (let n = 0; !claimed.signal.aborted; n += 1)
        await sync.superuser.query(
          'UPDATE hms.sync_cursors SET latest_version = latest_version + 1 WHERE record_id = $1',
          [`r${(n % 64) + 1}`],
        );
    };
    const writers = Promise.all([write(), write()]);
    const short: number[] = [];
    for (let round = 0; round < 200; round += 1) {
      // A row that is locked just then is passed over, and another one taken.
      const claims = await store.claim(new Map([[rows[0]?.id ?? 0, 64]]), 60_000);
      if (claims.length < 64 || new Set(claims.map(({ id }) => id)).size < 64) short.push(claims.length);
      await sync.superuser.query('UPDATE hms.sync_cursors SET claimed_until = NULL WHERE id = ANY ($1)', [
        claims.map(({ id }) => id),
      ]);
    }
    claimed.abort();
    await writers;
    expect(short).toEqual([]);
  });

  it('acknowledges a cursor where its claim put it, without a look into an index', async () => {
    const session = await sync.superuser.connect();
    await session.query('SET enable_seqscan = off');
    const store = new CursorStore(session as unknown as Pool);
    const { rows } = await session.query<{ id: number }>(
      `INSERT INTO hms.sync_targets (resource, name, origin, url)
       VALUES ('policies', 'environment', 'environment', 'http://127.0.0.1:9') RETURNING id`,
    );
    for (const id of ['p1', 'p2', 'p3']) await sync.create(id);
    const claims = await store.claim(new Map([[rows[0]?.id ?? 0, 10]]), 60_000);
    const acknowledge = () => store.acknowledge(claims.map(firstTaken));
    const looks = async (): Promise<number> => {
      await session.query('SELECT pg_stat_force_next_flush()');
      const statistics = await sync.superuser.query<{ looks: string }>(
        "SELECT idx_scan AS looks FROM pg_stat_user_indexes WHERE indexrelname = 'sync_cursors_id'",
      );
      return Number(statistics.rows[0]?.looks);
    };
    const before = await looks();
    expect(await acknowledge()).toEqual(['acknowledged', 'acknowledged', 'acknowledged']);
    expect(await looks()).toBe(before);
    // They have moved with that.
    expect(await acknowledge()).toEqual(['fenced', 'fenced', 'fenced']);
    expect(await looks()).toBeGreaterThan(before);
    session.release(true);
  });

  it('acknowledges cursors wherever they are by then, and tells a deleted one from one that a writer holds', async () => {
    const store = new CursorStore(sync.superuser);
    await sync.superuser.query(
      `INSERT INTO hms.sync_targets (resource, name, origin, url)
       VALUES ('policies', 'environment', 'environment', 'http://127.0.0.1:9')`,
    );
    for (const id of ['held', 'gone', 'late', 'mine', 'moved', 'misplaced', 'other']) await sync.create(id);
    const { rows } = await sync.superuser.query<{ id: number }>('SELECT id FROM hms.sync_targets');
    const claims = await store.claim(new Map([[rows[0]?.id ?? 0, 10]]), 60_000);
    claims.sort((one, other) => one.recordId.localeCompare(other.recordId));
    const other = claims.pop();
    await sync.update('moved');
    await sync.superuser.query("DELETE FROM hms.sync_cursors WHERE record_id = 'gone'");
    await sync.superuser.query("UPDATE hms.sync_cursors SET claim = 0 WHERE record_id = 'late'");
    const writer = await sync.owner.connect();
    await writer.query('BEGIN');
    await writer.query("UPDATE policies SET title = 'v2' WHERE id = 'held'");
    const results = await store.acknowledge(
      claims.map((claim) =>
        firstTaken(claim.recordId === 'misplaced' ? { ...claim, place: other?.place ?? '' } : claim),
      ),
    );
    await writer.query('ROLLBACK');
    writer.release();
    expect(claims.map(({ recordId }, index) => [recordId, results[index]])).toEqual([
      ['gone', 'fenced'],
      ['held', 'locked'],
      ['late', 'fenced'],
      ['mine', 'acknowledged'],
      ['misplaced', 'acknowledged'],
      ['moved', 'more'],
    ]);
    expect(await sync.cursor('misplaced')).toMatchObject({ delivered_version: 1, claim: null });
    expect(await sync.cursor('moved')).toMatchObject({
      delivered_version: 1,
      latest_version: 2,
      claim: null,
    });
    expect(await sync.cursor('other')).toMatchObject({ delivered_version: 0, claim: other?.claim });
  });

  it('waits for a version that is missing in the log, and never skips it', async () => {
    await sync.create('p1');
    await sync.update('p1');
    await sync.update('p1');
    const target = await sync.engine();
    await until('the target is filled', async () => (await sync.cursor('p1'))['delivered_version'] === 3);
    await target.stop();
    await sync.superuser.query(
      'UPDATE hms.sync_cursors SET resync = NULL, delivered_version = 1, due_at = now()',
    );
    await sync.superuser.query(`ALTER TABLE hms.changes DISABLE TRIGGER USER;
      CREATE TABLE kept AS SELECT * FROM hms.changes WHERE version = 2;
      DELETE FROM hms.changes WHERE version = 2`);
    sync.receiver.received.length = 0;
    await sync.engine();
    await until(
      'the hole is found',
      async () => (await sync.cursor('p1'))['last_error'] === 'version 2 is missing in the log',
    );
    expect(sync.errors).toContainEqual(
      expect.stringContaining('version 2 of record p1 of agency hhs is missing'),
    );
    await sync.superuser.query('INSERT INTO hms.changes OVERRIDING SYSTEM VALUE SELECT * FROM kept');
    await sync.caughtUp();
    expect(sync.receiver.versionsOf('policies/hhs/p1')).toEqual([2, 3]);
  });

  it('goes on after its database connections were cut', async () => {
    await sync.engine({ lease: 2_000, timeout: 500 });
    const writing = write(60, 5);
    for (const share of [50, 150, 250]) {
      await until('some have arrived', () => sync.receiver.received.length >= share);
      await sync.superuser.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hms-sync' AND datname = current_database()",
      );
    }
    await writing;
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
  });

  it('shares the work between two processes without overlap', async () => {
    await Promise.all([sync.engine(), sync.engine()]);
    await write(60, 5);
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
    expect(sync.receiver.received).toHaveLength(360);
    expect(sync.receiver.overlaps).toEqual([]);
  });

  it('stops in order: what is under way is acknowledged, the rest is due at once', async () => {
    const arrived = gate();
    const answer = gate();
    sync.receiver.script = async () => {
      arrived.open();
      await answer.passed;
      return { status: 200 };
    };
    await sync.create('p1');
    await sync.update('p1');
    await sync.superuser.query(
      "INSERT INTO hms.sync_targets (resource, name, origin, url) VALUES ('policies', 'environment', 'environment', $1)",
      [sync.receiver.url.replace('{resource}', 'policies')],
    );
    await sync.create('p2');
    await sync.update('p2');
    const engine = await sync.engine();
    await arrived.passed;
    const stopped = engine.stop();
    answer.open();
    await stopped;
    expect(sync.receiver.received).toHaveLength(1);
    const { rows } = await sync.superuser.query(
      'SELECT delivered_version, claim, due_at <= clock_timestamp() AS due FROM hms.sync_cursors',
    );
    expect(rows).toEqual([{ delivered_version: 1, claim: null, due: true }]);
  });
});
