import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { alarmLimit } from '../support/alarm-limit.js';
import { findFaults } from '../support/delivery-oracle.js';
import { FaultFixture } from '../support/fault-fixture.js';
import { until } from '../support/gate.js';
import { soakSize } from '../support/soak-size.js';
import { secret, SyncFixture } from '../support/sync-fixture.js';
import { recordIds } from '../support/write-load.js';

const jump = soakSize('SOAK_CLOCK_JUMP_SECONDS', 300);
/** Seconds: the longest pause before another attempt while a target may be down, and some for a busy machine. */
const step = 6 + 4;

/** What the metrics of a service say of its clock. */
async function skewOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^hms_clock_skew_seconds\{database="policy"\} (\S+)$/m.exec(text)?.[1]);
}

describe('A service whose clock', () => {
  let fixture: FaultFixture;

  beforeEach(async () => {
    fixture = await FaultFixture.onServer();
  });

  afterEach(() => fixture.end());

  it.each([
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
  ])('is an hour %s gives nothing up, and delivers all once it is right', async (_, shift) => {
    const { receiver } = fixture;
    const webhook = new Webhook(secret);
    receiver.script = ({ body, headers }) => {
      try {
        webhook.verify(body, headers as Record<string, string>);
        return { status: 204 };
      } catch {
        return { status: 401 };
      }
    };
    const clock = fileURLToPath(new URL('../support/shifted-clock.ts', import.meta.url));
    const service = await fixture.service({
      NODE_OPTIONS: `--import=${clock}`,
      HMS_CLOCK_SHIFT: String(shift),
    });
    const writer = await fixture.ownerSession();
    for (const id of recordIds(20))
      await writer.query("INSERT INTO policies (agency, id, title) VALUES ('hhs', $1, 'x')", [id]);
    const pool = await fixture.policyPool();
    await until('it is noticed', async () => {
      const { rows } = await pool.query<{ reason: string }>('SELECT reason FROM hms.sync_breakers');
      return rows[0]?.reason === 'HTTP 401';
    });
    const limit = await alarmLimit('HmsClockWrong', 'hms_clock_skew_seconds');
    const skew = (): Promise<number> => skewOf(service.url);
    expect(Math.abs((await skew()) - shift / 1_000)).toBeLessThan(5);
    expect(Math.abs(await skew())).toBeGreaterThan(limit);
    const refused = receiver.received.length;
    await pause(step * 1_000);
    // One probe at a time, not a storm.
    expect(receiver.received.length - refused).toBeLessThanOrEqual(step);
    const { rowCount } = await pool.query(
      'SELECT FROM hms.sync_cursors WHERE attempts > 0 OR held_at IS NOT NULL',
    );
    expect(rowCount).toBe(0);
    process.kill(service.pid, 'SIGUSR2');
    await fixture.caughtUp(60_000);
    await until('the alarm ends', async () => Math.abs(await skew()) < limit);
    receiver.received.splice(0, receiver.received.length, ...receiver.accepted);
    expect(await fixture.faults()).toEqual([]);
  });
});

/**
 * The clock of the database is what all stored times are compared with. So that it jumps ahead is the same as
 * that all stored times are that much earlier.
 */
describe('A database whose clock', () => {
  let sync: SyncFixture;
  let load: Promise<void>;
  const ended = { is: false };

  beforeEach(async () => {
    ended.is = false;
    sync = await SyncFixture.start();
    sync.receiver.script = async ({ record }) => {
      await pause(20);
      return { status: record.endsWith('/refused') ? 422 : 204 };
    };
    const settings = { lease: 2_000, timeout: 1_000 };
    await Promise.all([sync.engine(settings), sync.engine(settings)]);
    for (const id of [...recordIds(40), 'refused']) await sync.create(id);
    load = (async () => {
      for (let n = 0; !ended.is; n += 1) {
        await sync.update(`p${n % 40}`);
        await pause(5);
      }
    })();
    await until('much is delivered', () => sync.receiver.accepted.length > 200);
  });

  afterEach(async () => {
    ended.is = true;
    await load;
    await sync.end();
  });

  const jumpBy = (seconds: number): Promise<unknown> =>
    sync.superuser.query(`
      UPDATE hms.sync_cursors SET due_at = due_at - interval '${seconds} seconds',
        claimed_until = claimed_until - interval '${seconds} seconds',
        pending_since = pending_since - interval '${seconds} seconds';
      UPDATE hms.sync_breakers SET probe_at = probe_at - interval '${seconds} seconds',
        quiet_until = quiet_until - interval '${seconds} seconds'`);
  const refusals = (): number => sync.receiver.versionsOf('policies/hhs/refused').length;

  async function expectAllDelivered(patience: number): Promise<void> {
    ended.is = true;
    await load;
    sync.receiver.script = () => ({ status: 204 });
    await sync.caughtUp(patience);
    // The version that was refused may have become a dead letter; its operator lets it go.
    await sync.superuser.query(
      'UPDATE hms.sync_cursors SET held_at = NULL, attempts = 0, due_at = now() WHERE held_at IS NOT NULL',
    );
    await sync.caughtUp(patience);
    expect(await findFaults(sync.receiver, sync.superuser, secret)).toEqual([]);
    expect(sync.errors).toEqual([]);
  }

  it(`jumps ${jump} seconds ahead delivers all in order, and tries what was refused once more at most`, async () => {
    const before = refusals();
    await jumpBy(jump);
    const enough = sync.receiver.accepted.length + 100;
    await until('deliveries go on', () => sync.receiver.accepted.length > enough, step * 1_000);
    expect(refusals() - before).toBeLessThanOrEqual(4);
    await expectAllDelivered(60_000);
  });

  it(`is set back by ${jump} seconds delivers new records at once, and the others when that time is over`, async () => {
    await jumpBy(-jump);
    const begun = performance.now();
    await sync.create('new');
    await until(
      'the new one is there',
      () => sync.receiver.versionsOf('policies/hhs/new').length > 0,
      step * 1_000,
    );
    await expectAllDelivered((jump + 2 * step) * 1_000);
    expect(performance.now() - begun).toBeLessThan((jump + 3 * step) * 1_000);
  });
});
