import { findFaults, type Truth } from '../support/delivery-oracle.js';
import { gate, until } from '../support/gate.js';
import { Receiver } from '../support/receiver.js';
import { withSeed } from '../support/seed.js';
import { secret, SyncFixture } from '../support/sync-fixture.js';

describe('a target that wants less than everything', () => {
  let sync: SyncFixture;
  /** Of a second target of the same engine: what it has shows what the engine has seen. */
  let witness: Receiver;

  beforeEach(async () => {
    sync = await SyncFixture.start();
    witness = await Receiver.start();
  });

  afterEach(async () => {
    await sync.end();
    await witness.down();
  });

  const addWitness = (): Promise<unknown> =>
    sync.superuser.query(
      `INSERT INTO hms.sync_targets (resource, agency, name, origin, url)
       VALUES ('policies', 'hhs', 'environment', 'environment', $1)`,
      [witness.url.replace('{resource}', 'policies')],
    );
  const witnessed = (id: string): Promise<void> =>
    until(`the witness has ${id}`, () => witness.versionsOf(`policies/hhs/${id}`).length > 0);

  const summaryOf = ({ document }: Truth): unknown => (JSON.parse(document) as { summary: unknown }).summary;

  it('gets the changes of the records that meet its condition before or after, by its actions', () =>
    withSeed(async (random) => {
      const summaries = ['draft', 'published', 'retired'];
      await sync.prepareTarget(`condition = '{"summary":["published"]}', actions = '{created,updated}'`);
      await sync.engine();
      await Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          await sync.create(`p${n}`);
          for (let change = 0; change < 8; change += 1)
            await sync.owner.query(
              `UPDATE policies SET summary = $2, title = title || '.',
                 deleted_at = CASE WHEN $3 THEN now() END WHERE id = $1`,
              [`p${n}`, summaries[Math.floor(random() * summaries.length)], random() < 0.2],
            );
        }),
      );
      await sync.caughtUp();
      const wanted = (version: Truth, before?: Truth): boolean =>
        ['created', 'updated'].includes(version.action) &&
        [version, ...(before ? [before] : [])].some((one) => summaryOf(one) === 'published');
      expect(await findFaults(sync.receiver, sync.superuser, secret, { wanted })).toEqual([]);
      expect(sync.receiver.received.length).toBeGreaterThan(10);
      expect(sync.receiver.received.length).toBeLessThan(180);
    }));

  it('that wants only the newest version gets no other of those that wait', async () => {
    const arrived = gate();
    const answer = gate();
    sync.receiver.script = async (_, index) => {
      if (index === 0) {
        arrived.open();
        await answer.passed;
      }
      return { status: 204 };
    };
    await sync.prepareTarget("mode = 'latest'");
    await sync.engine();
    await sync.create('p1');
    await arrived.passed;
    for (let n = 0; n < 20; n += 1) await sync.update('p1');
    answer.open();
    await sync.caughtUp();
    expect(sync.receiver.versionsOf('policies/hhs/p1')).toEqual([1, 21]);
    expect(await findFaults(sync.receiver, sync.superuser, secret, { latest: true })).toEqual([]);
  });

  it('that wants only the newest version is told when it left the condition on the way', async () => {
    await sync.prepareTarget(`mode = 'latest', condition = '{"summary":["published"]}'`);
    const engine = await sync.engine();
    await sync.owner.query(
      "INSERT INTO policies (agency, id, title, summary) VALUES ('hhs', 'p1', 'x', 'published')",
    );
    await sync.create('p2');
    await sync.caughtUp();
    await engine.stop();
    for (const summary of ['published', 'retired', 'draft'])
      await sync.owner.query("UPDATE policies SET summary = $1, title = 'y'", [summary]);
    await sync.engine();
    await sync.caughtUp();
    // p2 was not published when the target had it last, and is not now.
    expect(sync.receiver.received.map(({ record, version }) => `${record} ${version}`)).toEqual([
      'policies/hhs/p1 1',
      'policies/hhs/p1 4',
    ]);
  });

  it('gets everything that changed while it was paused and its condition was widened, in order', async () => {
    const arrived = gate();
    const answer = gate();
    sync.receiver.script = async (_, index) => {
      if (index === 0) {
        arrived.open();
        await answer.passed;
      }
      return { status: 204 };
    };
    await sync.prepareTarget(`condition = '{"status":["draft"]}'`);
    await addWitness();
    const engine = await sync.engine();
    await sync.create('p1');
    await arrived.passed;
    await sync.superuser.query('UPDATE hms.sync_targets SET paused = true WHERE agency IS NULL');
    await sync.update('p1');
    await sync.create('p2');
    engine.wake();
    answer.open();
    const cursor = async (id: string): Promise<Record<string, unknown>> => {
      const { rows } = await sync.superuser.query<Record<string, unknown>>(
        `SELECT c.* FROM hms.sync_cursors c JOIN hms.sync_targets t ON t.id = c.target_id
         WHERE t.agency IS NULL AND c.record_id = $1`,
        [id],
      );
      return rows[0] ?? {};
    };
    await until('the claim came back', async () => (await cursor('p1'))['claim'] === null);
    const sent = sync.receiver.received.length;
    // What is due is claimed for both targets in one statement, so the second record shows that the first was
    // passed over.
    for (const id of ['p3', 'p4']) {
      await sync.create(id);
      engine.wake();
      await witnessed(id);
    }
    expect(sync.receiver.received).toHaveLength(sent);
    expect(await cursor('p3')).toMatchObject({ delivered_version: 0, claim: null });
    await sync.superuser.query(
      'UPDATE hms.sync_targets SET paused = false, condition = NULL WHERE agency IS NULL',
    );
    await sync.caughtUp();
    expect(await findFaults(sync.receiver, sync.superuser, secret)).toEqual([]);
  });

  it('gets nothing more once it is deleted, and what was under way changes nothing', async () => {
    const arrived = gate();
    const answer = gate();
    sync.receiver.script = async () => {
      arrived.open();
      await answer.passed;
      return { status: 204 };
    };
    await sync.prepareTarget('url = url');
    for (const id of ['p1', 'p2', 'p3', 'p4']) await sync.create(id);
    for (const id of ['p1', 'p2', 'p3', 'p4']) await sync.update(id);
    // So that what is claimed has a second version to be sent.
    const engine = await sync.engine({ concurrency: 1 });
    await arrived.passed;
    await sync.superuser.query('DELETE FROM hms.sync_cursors; DELETE FROM hms.sync_targets');
    await addWitness();
    // With the new target the engine has seen that the old one is gone, while the request is under way.
    await sync.create('p5');
    await witnessed('p5');
    answer.open();
    await sync.create('p6');
    await witnessed('p6');
    await engine.stop();
    expect(sync.receiver.received).toHaveLength(1);
    expect(sync.errors).toEqual([]);
    const { rows } = await sync.superuser.query<{ id: string }>(
      'SELECT record_id AS id FROM hms.sync_cursors ORDER BY id',
    );
    expect(rows.map(({ id }) => id)).toEqual(['p5', 'p6']);
  });

  it('has its own time to answer', async () => {
    sync.receiver.script = (_, index) => (index === 0 ? 'hang' : { status: 204 });
    await sync.prepareTarget('timeout = 200, concurrency = 2');
    await sync.engine({ timeout: 5_000 });
    const begun = performance.now();
    await sync.create('p1');
    await sync.caughtUp();
    expect(performance.now() - begun).toBeLessThan(4_000);
    expect((await sync.cursor('p1'))['delivered_version']).toBe(1);
  });
});
