import { setTimeout as pause } from 'node:timers/promises';
import { FaultFixture } from '../support/fault-fixture.js';
import { until } from '../support/gate.js';
import { ModelReceiver } from '../support/model-receiver.js';

const records = 2_500;
/** Of so many records one is changed again and again: few enough that the job need not wait for those. */
const interval = 10;
/** How many changes a second the writers aim at; a moment in which the machine is too busy is made up for. */
const pace = 220;

describe('A process that is killed while a new target is filled', () => {
  let fixture: FaultFixture;

  beforeEach(async () => {
    fixture = await FaultFixture.onServer();
  });

  afterEach(() => fixture.end());

  /** Changes records in several sessions at once; returns how many changes a second were committed. */
  async function writeUntil(enough: AbortSignal): Promise<number> {
    const begun = performance.now();
    let taken = 0;
    let committed = 0;
    const elapsed = (): number => (performance.now() - begun) / 1_000;
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        const session = await fixture.ownerSession();
        while (!enough.aborted) {
          if (taken >= elapsed() * pace) {
            await pause(5);
            continue;
          }
          const n = ((taken * interval) % records) + 1;
          taken += 1;
          await session.query("UPDATE policies SET title = 'new ' || version WHERE agency = $1 AND id = $2", [
            `a${n % 3}`,
            `p${n}`,
          ]);
          committed += 1;
        }
      }),
    );
    return committed / elapsed();
  }

  it('is followed by others, which go on where it was, while 200 changes a second are made', async () => {
    const owner = await fixture.ownerSession();
    await owner.query(
      "INSERT INTO policies (agency, id, title) SELECT 'a' || n % 3, 'p' || n, 'old' FROM generate_series(1, $1::int) n",
      [records],
    );
    const pool = await fixture.policyPool();
    const job = async (): Promise<{ state: string; marked: number } | undefined> => {
      const { rows } = await pool.query<{ state: string; marked: number }>(
        'SELECT state, records::int AS marked FROM hms.sync_jobs',
      );
      // One alone, from the first process to the last.
      expect(rows.length).toBeLessThanOrEqual(1);
      return rows[0];
    };
    const enough = new AbortController();
    const writes = writeUntil(enough.signal);
    let marked = 0;
    for (let kill = 0; kill < 2; kill += 1) {
      const service = await fixture.service();
      const had = fixture.receiver.received.length;
      await until('more has come', () => fixture.receiver.received.length > had + 100, 60_000);
      await until('the job has gone further', async () => ((await job())?.marked ?? 0) > marked, 60_000);
      await service.kill('SIGKILL');
      const left = await job();
      expect(left?.state).toBe('running');
      marked = left?.marked ?? 0;
    }
    await fixture.service();
    await until('the fill has ended', async () => (await job())?.state === 'done', 60_000);
    enough.abort();
    const rate = await writes;
    await fixture.caughtUp(60_000);
    const { accepted, received } = fixture.receiver;
    const end = await job();
    console.log(
      `${Math.round(rate)} changes a second, ${received.length} messages; ` +
        `${marked} records were marked at the second kill, ${end?.marked} in the end`,
    );
    expect(rate).toBeGreaterThan(150);
    expect(await fixture.faults({ newTarget: true })).toEqual([]);
    const model = new ModelReceiver();
    for (const { record, version, body, resync } of accepted)
      model.accept({ record, version, document: body.toString(), resync });
    expect(model.faults).toEqual([]);
    const { rows } = await pool.query<{ record: string; version: number }>(
      "SELECT 'policies/' || agency || '/' || id AS record, version FROM policies",
    );
    expect(rows).toHaveLength(records);
    expect(rows.filter(({ record, version }) => model.held.get(record)?.version !== version)).toEqual([]);
    // None twice. Those that were changed meanwhile have their cursor from the trigger; the others are the job's.
    expect(end?.marked).toBeLessThanOrEqual(records);
    expect(end?.marked).toBeGreaterThanOrEqual(records - records / interval);
  }, 180_000);
});
