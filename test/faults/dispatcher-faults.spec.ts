import { JsonInspection, maxDepth } from '../../src/platform/http/json-inspection.js';
import type { DeliveryClient } from '../../src/platform/sync/delivery/delivery-client.js';
import { findFaults } from '../support/delivery-oracle.js';
import { EngineProcess } from '../support/engine-process.js';
import { gate, until } from '../support/gate.js';
import { withSeed } from '../support/seed.js';
import { secret, SyncFixture } from '../support/sync-fixture.js';

/** Objects and arrays in each other, so many levels of them. */
const nested = (levels: number): unknown => {
  let value: unknown = 'Größe 😀';
  for (let level = 0; level < levels; level += 1)
    value = level % 2 === 0 ? { zz: 1, a: value, B: -0.5 } : [value, { zz: 1, a: 'é' }, null];
  return value;
};
/** Whether the API takes them with a policy. */
const isAllowed = (customFields: object): boolean =>
  new JsonInspection(new Map(), true).inspect({ customFields }).length === 0;

describe('dispatchers', () => {
  let sync: SyncFixture;
  const processes: EngineProcess[] = [];

  beforeEach(async () => {
    sync = await SyncFixture.start();
    // A cursor that goes back is a fault that no later state would show.
    await sync.superuser.query(`
      CREATE FUNCTION never_back() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'The cursor of % went back.', OLD.record_id; END $$;
      CREATE TRIGGER never_back BEFORE UPDATE ON hms.sync_cursors FOR EACH ROW
        WHEN (NEW.delivered_version < OLD.delivered_version) EXECUTE FUNCTION never_back()`);
  });

  afterEach(async () => {
    await Promise.all(processes.splice(0).map((each) => each.kill('SIGKILL')));
    await sync.end();
  });

  const faults = (): Promise<string[]> => findFaults(sync.receiver, sync.superuser, secret);
  const engineProcess = (options: { lease: number; timeout: number; deadly?: string }): EngineProcess => {
    const started = EngineProcess.start({
      database: sync.databases.addresses.policy.url,
      receiver: sync.receiver.url,
      ...options,
    });
    processes.push(started);
    return started;
  };

  it('of which there are four, with short leases and a slow receiver, overlap nowhere and miss nothing', () =>
    withSeed(async (random) => {
      // Some answers come after the time for them, so that the request is repeated.
      sync.receiver.script = async () => {
        await new Promise((resolve) => setTimeout(resolve, random() * 700));
        return { status: 204 };
      };
      const settings = { lease: 1_000, timeout: 600 };
      await Promise.all([1, 2, 3, 4].map(() => sync.engine(settings)));
      await Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          await sync.create(`p${n}`);
          for (let update = 0; update < 3; update += 1) await sync.update(`p${n}`);
        }),
      );
      await sync.caughtUp(60_000);
      expect(await faults()).toEqual([]);
      expect(sync.receiver.overlaps).toEqual([]);
      expect(sync.errors).toEqual([]);
    }));

  it(
    'of which there are four that learn of answers after their leases have each late acknowledgement fenced and counted',
    () =>
      withSeed(async (random) => {
        // A claim that gives way to another was lost: nothing may be acknowledged under it any more.
        await sync.superuser.query(`
          CREATE TABLE hms.lost_claims (claim bigint PRIMARY KEY);
          CREATE FUNCTION note_lost() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
            $$ BEGIN INSERT INTO hms.lost_claims VALUES (OLD.claim); RETURN NULL; END $$;
          CREATE TRIGGER note_lost AFTER UPDATE ON hms.sync_cursors FOR EACH ROW
            WHEN (NEW.claim <> OLD.claim) EXECUTE FUNCTION note_lost()`);
        const end = gate();
        const delayed = new Set<string>();
        // No request outlasts its lease, so that late is only who stands still after it. Once for each record:
        // until the processes say that they live, one whose claims are lost again and again is kept for a time when
        // nothing else is under way, and such a claim may end without an attempt.
        const late = (client: DeliveryClient): Pick<DeliveryClient, 'post'> => ({
          post: async (target, message) => {
            const answer = await client.post(target, message);
            const record = String(message.headers['ce-subject']);
            if (delayed.has(record)) return answer;
            delayed.add(record);
            if (record === 'last') await end.passed;
            else if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * 3_000));
            return answer;
          },
        });
        const settings = { lease: 1_000, timeout: 600, concurrency: 64 };
        await Promise.all([1, 2, 3, 4].map(() => sync.engine(settings, late)));
        await sync.create('last');
        await Promise.all(
          Array.from({ length: 20 }, async (_, n) => {
            await sync.create(`p${n}`);
            for (let update = 0; update < 2; update += 1) await sync.update(`p${n}`);
          }),
        );
        await sync.caughtUp(60_000);
        const cursors = async (): Promise<unknown[]> =>
          (
            await sync.superuser.query<Record<string, unknown>>(
              'SELECT xmin, c.* FROM hms.sync_cursors c ORDER BY id',
            )
          ).rows;
        const before = await cursors();
        end.open();
        await sync.stopEngines();
        expect(await cursors()).toEqual(before);
        const { rows } = await sync.superuser.query('SELECT FROM hms.lost_claims');
        const [fenced, givenUp] = [
          await sync.counted('fenced_acknowledgements'),
          await sync.counted('leases_lost'),
        ];
        console.log(`${rows.length} claims were lost; ${fenced} fenced, ${givenUp} given up unwritten`);
        // One that had to wait, for others or for a lock, is given up once its lease is over, and counted apart.
        expect(fenced + givenUp).toBe(rows.length);
        expect(fenced).toBeGreaterThan(0);
        expect(await faults()).toEqual([]);
        expect(sync.receiver.overlaps).toEqual([]);
        expect(sync.errors).toEqual([]);
      }),
    120_000,
  );

  it('of which one stood still for three leases do no harm when it goes on', async () => {
    const arrived = gate();
    const answer = gate();
    sync.receiver.script = async (_, index) => {
      if (index === 0) {
        arrived.open();
        await answer.passed;
      }
      return { status: 204 };
    };
    const settings = { lease: 1_000, timeout: 600 };
    const frozen = engineProcess(settings);
    await sync.create('p1');
    await arrived.passed;
    await frozen.kill('SIGSTOP');
    answer.open();
    await sync.engine(settings);
    for (let n = 0; n < 5; n += 1) await sync.update('p1');
    await until('the other delivered all', async () => (await sync.cursor('p1'))['delivered_version'] === 6);
    await new Promise((resolve) => setTimeout(resolve, 3 * settings.lease));
    await frozen.kill('SIGCONT');
    for (let n = 0; n < 20; n += 1) {
      await sync.update('p1');
      await sync.create(`q${n}`);
    }
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
    expect(frozen.runs).toBe(true);
    expect(sync.errors).toEqual([]);
  });

  it('find out which record ends their process, and hold it; the others lose nothing', async () => {
    const settings = { lease: 2_000, timeout: 250, deadly: 'deadly' };
    await (await sync.engine()).stop();
    // Amid others, of which none must be blamed.
    for (let n = 0; n < 20; n += 1) await sync.create(n === 10 ? 'deadly' : `p${n}`);
    let deaths = 0;
    for (;;) {
      const engine = engineProcess(settings);
      await until(
        'the process dies, or holds the record',
        async () => !engine.runs || (await sync.cursor('deadly'))['held_at'] !== null,
        30_000,
      );
      if ((await sync.cursor('deadly'))['held_at'] !== null) break;
      deaths += 1;
      expect(deaths).toBeLessThanOrEqual(4);
    }
    // Twice beside others, and once alone.
    expect(deaths).toBe(3);
    await sync.caughtUp();
    expect(await sync.cursor('deadly')).toMatchObject({
      delivered_version: 0,
      last_error: 'delivering it ended the process',
    });
    expect(sync.receiver.accepted.length).toBeGreaterThanOrEqual(19);
    expect(processes.at(-1)?.runs).toBe(true);
    const { rows } = await sync.superuser.query(
      "SELECT FROM hms.sync_cursors WHERE record_id <> 'deadly' AND (held_at IS NOT NULL OR delivered_version = 0)",
    );
    expect(rows).toEqual([]);
  }, 120_000);

  it('whose lease always ends before they are done blame no record for it', async () => {
    const settings = { lease: 1_000, timeout: 600 };
    let attempts = 0;
    // As on a machine that has no time for the process: the answer is there, and is heeded when the claim is lost.
    const starved = (client: DeliveryClient): Pick<DeliveryClient, 'post'> => ({
      post: async (target, message) => {
        const { claim } = await sync.cursor('p1');
        const answer = await client.post(target, message);
        attempts += 1;
        if (attempts <= 5)
          await until('the record is claimed anew', async () => (await sync.cursor('p1'))['claim'] !== claim);
        return answer;
      },
    });
    await sync.engine(settings, starved);
    await sync.create('p1');
    await sync.caughtUp(30_000);
    expect(attempts).toBe(6);
    expect(sync.warnings).toEqual([]);
    await until('all five came too late', async () => (await sync.counted('fenced_acknowledgements')) === 5);
    expect(await faults()).toEqual([]);
    expect(sync.errors).toEqual([]);
  });

  it('whose acknowledgements writers of the record keep from being written blame no record for it', async () => {
    await sync.superuser.query(`
      CREATE FUNCTION suspected() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '% is suspected.', OLD.record_id; END $$;
      CREATE TRIGGER suspected BEFORE UPDATE ON hms.sync_cursors FOR EACH ROW
        WHEN (NEW.alone > 0) EXECUTE FUNCTION suspected()`);
    const settings = { lease: 600, timeout: 300 };
    const writers: Promise<void>[] = [];
    let attempts = 0;
    const write = async (): Promise<void> => {
      const client = await sync.owner.connect();
      await client.query("BEGIN; UPDATE policies SET title = title || '.' WHERE id = 'p1'");
      writers.push(
        (async () => {
          await new Promise((resolve) => setTimeout(resolve, 1.4 * settings.lease));
          await client.query('COMMIT');
          client.release();
        })(),
      );
    };
    sync.receiver.script = async () => {
      attempts += 1;
      if (attempts <= 5) await write();
      return { status: 204 };
    };
    await sync.engine(settings);
    await sync.create('p1');
    await until('all writers are done', () => writers.length === 5);
    await Promise.all(writers);
    await sync.caughtUp(30_000);
    expect(await sync.counted('leases_lost')).toBeGreaterThan(2);
    expect(await sync.cursor('p1')).toMatchObject({ delivered_version: 6, held_at: null });
    expect(sync.errors).toEqual([]);
    expect(await faults()).toEqual([]);
  });

  it('that cannot read a record when it is alone do not blame it', async () => {
    await (await sync.engine()).stop();
    await sync.create('p1');
    // As after two deaths. Neither can it be read nor can the end of a claim be written down until the lease is over.
    await sync.superuser.query(`
      UPDATE hms.sync_cursors SET starts = 2;
      ALTER TABLE hms.changes RENAME TO changes_away;
      CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'away'; END $$;
      CREATE TRIGGER away BEFORE UPDATE ON hms.sync_cursors FOR EACH ROW
        WHEN (OLD.claim IS NOT NULL AND NEW.claim IS NULL) EXECUTE FUNCTION away()`);
    await sync.engine({ lease: 600, timeout: 300 });
    await until('a claim was given up', async () => (await sync.counted('leases_lost')) > 0);
    await sync.superuser.query(
      'ALTER TABLE hms.changes_away RENAME TO changes; DROP TRIGGER away ON hms.sync_cursors',
    );
    await sync.caughtUp();
    expect(await sync.cursor('p1')).toMatchObject({ delivered_version: 1, held_at: null });
    expect(sync.warnings).toEqual([]);
  });

  it('that are stopped while a suspicious record is on its way do not leave it blamed', async () => {
    const settings = { timeout: 11_000, lease: 12_000 };
    await (await sync.engine(settings)).stop();
    await sync.create('p1');
    await sync.superuser.query('UPDATE hms.sync_cursors SET starts = 2');
    const end = gate();
    sync.receiver.script = async () => {
      await end.passed;
      return { status: 204 };
    };
    const engine = await sync.engine(settings);
    await until('it is on its way', () => sync.receiver.received.length > 0);
    expect(await sync.cursor('p1')).toMatchObject({ starts: 3, alone: 1 });
    await engine.stop();
    end.open();
    expect(await sync.cursor('p1')).toMatchObject({ starts: 0, alone: 0, held_at: null });
  });

  it('send the same bytes on every attempt, and when a version is replayed', async () => {
    // The body and the custom fields are two levels by themselves.
    const deep = nested(maxDepth - 2);
    expect([isAllowed({ deep }), isAllowed({ deep: [deep] })]).toEqual([true, false]);
    const customFields = {
      text: 'Größe 😀 \u2028 "quoted" \\ \u007f',
      z: 1,
      a: 2,
      big: 9_007_199_254_740_993n.toString(),
      deep,
    };
    sync.receiver.script = (_, index) => ({ status: index === 0 ? 500 : 204 });
    await sync.engine();
    await sync.owner.query(
      `INSERT INTO policies (agency, id, title, custom_fields) VALUES ('hhs', 'p1', $1,
         $2::jsonb || '{"e":1e21,"minus":-0,"exact":12345678901234567890.1234567890}')`,
      ['Größe 😀', JSON.stringify(customFields)],
    );
    await sync.caughtUp();
    await sync.superuser.query(`
      DROP TRIGGER never_back ON hms.sync_cursors;
      UPDATE hms.sync_cursors SET delivered_version = 0, due_at = now(), pending_since = now(), claim = nextval('hms.sync_claims')`);
    await until('it was replayed', () => sync.receiver.received.length === 3);
    await sync.caughtUp();
    const bodies = new Set(sync.receiver.received.map(({ body }) => body.toString('hex')));
    const ids = new Set(sync.receiver.received.map(({ headers }) => headers['webhook-id']));
    expect([bodies.size, ids.size]).toEqual([1, 1]);
    const sent = JSON.parse(sync.receiver.received[0]?.body.toString() ?? '') as {
      data: { customFields: object };
    };
    expect(sent.data.customFields).toMatchObject(customFields);
    expect(await faults()).toEqual([]);
  });
});
