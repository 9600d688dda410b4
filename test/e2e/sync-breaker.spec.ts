import { BreakerStore } from '../../src/platform/sync/delivery/breaker-store.js';
import { findFaults } from '../support/delivery-oracle.js';
import { until } from '../support/gate.js';
import type { Received, Reply } from '../support/receiver.js';
import { Receiver } from '../support/receiver.js';
import { secret, SyncFixture } from '../support/sync-fixture.js';

describe('a target that does not work', () => {
  let sync: SyncFixture;

  beforeEach(async () => {
    sync = await SyncFixture.start();
  });

  afterEach(() => sync.end());

  const faults = (): Promise<string[]> => findFaults(sync.receiver, sync.superuser, secret);
  const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${index}`);
  const create = (...records: string[]): Promise<unknown> =>
    Promise.all(records.map((id) => sync.create(id)));
  const answer = (reply: Reply): void => {
    sync.receiver.script = () => reply;
  };
  const opened = (): Promise<void> =>
    until('the breaker is open', async () => (await sync.breaker())['state'] === 'open');
  const counted = async (): Promise<number> => {
    const { rowCount } = await sync.superuser.query(
      'SELECT FROM hms.sync_cursors WHERE attempts > 0 OR held_at IS NOT NULL',
    );
    return rowCount ?? 0;
  };

  const probed = async (): Promise<void> => {
    for (const probes of [1, 2]) {
      await sync.probeNow();
      await until('it was probed', async () => Number((await sync.breaker())['probes']) >= probes);
    }
  };
  it('gets one request at a time from three engines, loses nothing, and is brought back slowly', async () => {
    answer({ status: 500 });
    await Promise.all([sync.engine(), sync.engine(), sync.engine()]);
    await create(...ids(60));
    await Promise.all(ids(60).map((id) => sync.update(id)));
    await opened();
    // What was under way when it opened.
    await until('the first probe failed', async () => Number((await sync.breaker())['probes']) >= 2);
    const before = sync.receiver.received.length;
    await until('the next probe failed', () => sync.receiver.received.length > before);
    const probes = sync.receiver.received.slice(before - 1).map(({ instant }) => instant);
    for (const [index, instant] of probes.slice(1).entries())
      expect(instant - (probes[index] ?? 0)).toBeGreaterThan(1_500);
    expect(probes).toHaveLength(2);
    expect(await counted()).toBe(0);

    const underWay: number[] = [];
    let now = 0;
    sync.receiver.script = async () => {
      underWay.push(++now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      now -= 1;
      return { status: 204 };
    };
    await sync.probeNow();
    await sync.caughtUp();
    expect(underWay[0]).toBe(1);
    expect(Math.max(...underWay.slice(0, 4))).toBeLessThanOrEqual(4);
    expect(Math.max(...underWay)).toBeGreaterThan(4);
    expect(await faults()).toEqual([]);
    expect(await sync.breaker()).toMatchObject({ state: 'closed', reason: null, probes: 0 });
    expect(sync.warnings).toEqual([expect.stringMatching(/5 requests in a row failed, .* HTTP 500/)]);
    expect(sync.infos).toEqual([expect.stringContaining('takes changes again')]);
  });

  it('that flaps for seconds loses nothing, and costs its neighbour nothing', async () => {
    const neighbour = await Receiver.start();
    await sync.prepareTarget('url = url');
    await sync.superuser.query(
      `INSERT INTO hms.sync_targets (resource, agency, name, origin, url)
       VALUES ('policies', 'va', 'environment', 'environment', $1)`,
      [neighbour.url.replace('{resource}', 'policies')],
    );
    const begun = performance.now();
    sync.receiver.script = () => ({
      status: Math.floor((performance.now() - begun) / 1000) % 2 === 0 ? 204 : 503,
    });
    await sync.engine();
    await create(...ids(20));
    const waits: number[] = [];
    while (performance.now() - begun < 3_000) {
      const before = neighbour.received.length;
      const changed = performance.now();
      await Promise.all([...ids(4).map((id) => sync.update(id)), sync.create(`n${before}`, 'va')]);
      await until('the neighbour has it', () => neighbour.received.length > before);
      waits.push(performance.now() - changed);
    }
    sync.receiver.script = () => ({ status: 204 });
    await sync.probeNow();
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
    const changes = sync.receiver.accepted.length;
    expect(sync.receiver.received.length / changes).toBeLessThanOrEqual(5);
    expect(await counted()).toBe(0);
    expect(neighbour.received.every(({ status }) => status === 204)).toBe(true);
    console.log(`the neighbour waited ${Math.round(Math.max(...waits))} ms at most`);
    await neighbour.down();
  });

  it('that refuses every record is down, and makes no dead letters', async () => {
    answer({ status: 422 });
    await sync.engine();
    await create(...ids(12));
    await opened();
    expect(await sync.breaker()).toMatchObject({ reason: 'HTTP 422' });
    await probed();
    const { rows } = await sync.superuser.query<{ most: number; held: string }>(
      'SELECT max(attempts) AS most, count(held_at) AS held FROM hms.sync_cursors',
    );
    expect(rows[0]?.held).toBe('0');
    expect(rows[0]?.most).toBeLessThan(8);
    answer({ status: 204 });
    await sync.probeNow();
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
  });

  it('that answers one record with 404 is asked again and again, without conclusions', async () => {
    answer({ status: 404 });
    await sync.engine();
    await sync.create('p1');
    await until('it was tried often', async () => {
      await sync.retryNow();
      return sync.receiver.received.length >= 5;
    });
    expect(await sync.breaker()).toEqual({});
    expect(await counted()).toBe(0);
    answer({ status: 204 });
    await until('it is taken', async () => {
      await sync.retryNow();
      return sync.receiver.accepted.length > 0;
    });
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
    expect(sync.warnings).toEqual([]);
  });

  it.each([401])('that answers many records with %p is said once to be misconfigured', async (status) => {
    answer({ status });
    await sync.engine();
    await create(...ids(20));
    await opened();
    await probed();
    expect(await sync.breaker()).toMatchObject({ reason: `HTTP ${status}` });
    expect(await counted()).toBe(0);
    expect(sync.warnings).toEqual([
      expect.stringMatching(/It is misconfigured: check its address, secret and headers\./),
    ]);
    answer({ status: 204 });
    await sync.probeNow();
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
  });

  it('that says it is gone gets nothing until an administrator resumes it, and then everything', async () => {
    answer({ status: 410 });
    await Promise.all([sync.engine(), sync.engine()]);
    await create(...ids(6));
    await until('it is disabled', async () => (await sync.breaker())['state'] === 'disabled');
    await until('all claims came back', async () => {
      const { rows } = await sync.superuser.query('SELECT FROM hms.sync_cursors WHERE claim IS NOT NULL');
      return rows.length === 0;
    });
    const sent = sync.receiver.received.length;
    answer({ status: 204 });
    await create('later');
    // Longer than the engines take to look again, and than the first pause between probes.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(sync.receiver.received).toHaveLength(sent);
    expect(await counted()).toBe(0);
    await sync.superuser.query('DELETE FROM hms.sync_breakers');
    await sync.caughtUp();
    expect(await faults()).toEqual([]);
    expect(sync.warnings).toEqual([expect.stringContaining('an administrator resumes it')]);
  });

  it('is not taken to be down by a process that happens to get only the records it refuses', async () => {
    await sync.prepareTarget('url = url');
    const { rows } = await sync.superuser.query<{ id: number }>('SELECT id FROM hms.sync_targets');
    const id = rows[0]?.id ?? 0;
    const store = new BreakerStore(sync.superuser);
    await sync.superuser.query(
      `INSERT INTO hms.sync_attempts (target_id, agency, record_id, version, outcome, duration)
       VALUES ($1, 'hhs', 'other', 1, 'delivered', 1)`,
      [id],
    );
    expect(await store.trip(id, { state: 'open', reason: 'HTTP 422', age: 60_000 })).toBe(false);
    expect(await sync.breaker()).toEqual({});
    expect(await store.trip(id, { state: 'open', reason: 'HTTP 422', age: 0 })).toBe(true);
    expect(await store.trip(id, { state: 'open', reason: 'HTTP 500', age: 0 })).toBe(false);
    expect(await sync.breaker()).toMatchObject({ state: 'open', reason: 'HTTP 422' });
  });

  it('has its breaker probed by one process at a time, as often as it is time', async () => {
    await sync.prepareTarget('url = url');
    const { rows } = await sync.superuser.query<{ id: number }>('SELECT id FROM hms.sync_targets');
    const id = rows[0]?.id ?? 0;
    const store = new BreakerStore(sync.superuser);
    const probes = (): Promise<(number | undefined)[]> =>
      Promise.all([1, 2, 3, 4].map(() => store.beginProbe(id, 5_000)));
    await store.trip(id, { state: 'open', reason: 'HTTP 500', age: 0 });
    await sync.superuser.query('UPDATE hms.sync_breakers SET probe_at = now()');
    expect(await probes()).toEqual([undefined, undefined, undefined, undefined]);
    await sync.create('p1');
    expect((await probes()).filter((number) => number !== undefined)).toEqual([1]);
    await store.endProbe(id, 1, 0);
    expect((await probes()).filter((number) => number !== undefined)).toEqual([2]);
    // The end of a probe that was taken for lost.
    await store.endProbe(id, 1, 0);
    expect(await probes()).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('a target that asks to be left alone', () => {
  let sync: SyncFixture;

  beforeEach(async () => {
    sync = await SyncFixture.start();
  });

  afterEach(() => sync.end());

  /** Answers the first request so, and all others well. */
  const refuseFirst = (status: number, retryAfter: () => string): Promise<Received> =>
    new Promise((resolve) => {
      sync.receiver.script = (received, index) => {
        if (index > 0) return { status: 204 };
        resolve(received);
        return { status, headers: { 'retry-after': retryAfter() } };
      };
    });

  it.each([
    ['seconds', 429, () => '2', 2_000],
    ['a date', 503, () => new Date(Date.now() + 3_000).toUTCString(), 2_000],
  ])('by %s, with %p, is left alone by every process', async (_, status, retryAfter, least) => {
    const refused = refuseFirst(status, retryAfter);
    await Promise.all([sync.engine(), sync.engine()]);
    await sync.create('p1');
    const { instant } = await refused;
    await until('all know', async () => Number((await sync.breaker())['quiet_for']) > 0);
    for (const id of ['p2', 'p3', 'p4']) await sync.create(id);
    await sync.caughtUp();
    const next = sync.receiver.received[1]?.instant ?? 0;
    expect(next - instant).toBeGreaterThanOrEqual(least - 50);
    expect(await findFaults(sync.receiver, sync.superuser, secret)).toEqual([]);
    expect(sync.warnings).toEqual([]);
  });

  it('for ten years is left alone for an hour, and no attempt is counted', async () => {
    const refused = refuseFirst(503, () => '315360000');
    await sync.engine();
    await sync.create('p1');
    await refused;
    await until('all know', async () => Number((await sync.breaker())['quiet_for']) > 0);
    const quiet = Number((await sync.breaker())['quiet_for']);
    expect(quiet).toBeGreaterThan(3_500);
    expect(quiet).toBeLessThanOrEqual(3_600);
    await until('it is written down', async () => (await sync.cursor('p1'))['claim'] === null);
    expect(await sync.cursor('p1')).toMatchObject({ attempts: 0, last_status: 503, held_at: null });
  });

  it.each(['soon', '-1', '0', 'Wed, 01 Jan 2020 00:00:00 GMT'])(
    'by %p, which says nothing, is tried again like any other',
    async (header) => {
      const refused = refuseFirst(429, () => header);
      await sync.engine();
      await sync.create('p1');
      await refused;
      await sync.caughtUp();
      expect(await sync.breaker()).toEqual({});
      expect(sync.receiver.versionsOf('policies/hhs/p1')).toEqual([1, 1]);
    },
  );
});
