import { fileURLToPath } from 'node:url';
import { FaultFixture } from '../support/fault-fixture.js';
import { until } from '../support/gate.js';
import { claimedAtOnce, killAmidUpdates } from '../support/killed-service.js';
import { type Random, withSeed } from '../support/seed.js';
import { soakSize } from '../support/soak-size.js';
import { recordIds, writeLoad } from '../support/write-load.js';

const kills = soakSize('SOAK_KILLS', 200);
/** Kills of one round: what a round received must be young enough for its signatures to verify. */
const killsOfRound = 10;
const rounds = Array.from({ length: Math.ceil(kills / killsOfRound) }, (_, index) => index + 1);
/** Seconds that a claim lasts. */
const lease = 2;

describe(`The service, killed ${kills} times`, () => {
  let fixture: FaultFixture;

  beforeEach(async () => {
    fixture = await FaultFixture.onServer();
  });

  afterEach(() => fixture.end());

  async function expectNoLoss(): Promise<void> {
    const { writes, receiver, duplicates } = fixture;
    expect(await fixture.faults()).toEqual([]);
    expect(writes.refused).toEqual([]);
    expect(writes.acknowledged.length).toBeGreaterThan(0);
    expect(duplicates).toBeLessThanOrEqual(killsOfRound * claimedAtOnce);
    expect(receiver.overlaps).toEqual([]);
  }

  it.each(rounds)('at random moments amid 500 updates loses nothing that it acknowledged (round %d)', () =>
    withSeed(async (random) => {
      expect(await killAmidUpdates({ kills: killsOfRound, updates: 500 }, fixture, random)).toEqual([]);
      await expectNoLoss();
    }),
  );

  const records = recordIds(50);
  const points = ['claiming', 'claimed', 'accepted', 'acknowledged'];

  it.each(rounds)(
    'between any two steps of a delivery is replaced within a lease and a second (round %d)',
    () =>
      withSeed(async (random) => {
        const { url } = await fixture.service({ SYNC_LEASE: String(lease) });
        await fixture.writes.create(url, records);
        const waits: number[] = [];
        for (let kill = 0; kill < killsOfRound; kill += 1) {
          const point = points[kill % points.length] ?? '';
          waits.push(await killAt(`${point}:${1 + Math.floor(random() * 20)}`, random));
        }
        await fixture.caughtUp(30_000);
        console.log(
          `others took over after ${waits.map(Math.round).join(', ')} ms; ${fixture.duplicates} twice`,
        );
        expect(Math.max(...waits)).toBeLessThanOrEqual((lease + 1) * 1_000);
        await expectNoLoss();
      }),
  );

  /** @returns milliseconds from the kill until others had done what the process had claimed */
  async function killAt(point: string, random: Random): Promise<number> {
    const { writes } = fixture;
    const failpoints = fileURLToPath(new URL('../support/failpoints.ts', import.meta.url));
    const service = await fixture.service({
      SYNC_LEASE: String(lease),
      NODE_OPTIONS: `--import=${failpoints}`,
      HMS_FAILPOINT: point,
    });
    const patience = performance.now() + 30_000;
    while (!service.gone) {
      if (performance.now() > patience) throw new Error(`It never came to ${point}.`);
      await writeLoad(writes, random, { urls: [service.url], records, writers: 10, updates: 2 });
    }
    const killed = performance.now();
    expect(await service.exited).toEqual({ code: null, signal: 'SIGKILL' });
    const pool = await fixture.policyPool();
    const { rows } = await pool.query<{ claim: string }>(
      'SELECT claim FROM hms.sync_cursors WHERE claim IS NOT NULL',
    );
    await until('what it had claimed is done', async () => {
      const claims = rows.map(({ claim }) => claim);
      const { rowCount } = await pool.query('SELECT FROM hms.sync_cursors WHERE claim = ANY ($1)', [claims]);
      return rowCount === 0;
    });
    return performance.now() - killed;
  }
});
