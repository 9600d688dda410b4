import type { Client } from 'pg';
import { FaultFixture, unhurried } from '../support/fault-fixture.js';
import { gate, until } from '../support/gate.js';
import { withSeed } from '../support/seed.js';
import { recordIds, writeLoad } from '../support/write-load.js';

describe('A service that is told to stop under load', () => {
  let fixture: FaultFixture;

  afterEach(() => fixture.end());

  it('answers what it has, delivers what is under way, and leaves the rest to the next', async () => {
    fixture = await FaultFixture.onServer();
    const { writes, receiver } = fixture;
    const service = await fixture.service(unhurried);
    const records = recordIds(30);
    await writes.create(service.url, [...records, 'held', 'kept']);
    await fixture.caughtUp();

    const answer = gate();
    receiver.script = async () => {
      await answer.passed;
      return { status: 200 };
    };
    const running = withSeed((random) =>
      writeLoad(writes, random, { urls: [service.url], records, writers: 16, updates: 50 }),
    );
    const writer = await fixture.ownerSession();
    await writer.query("BEGIN; SELECT FROM policies WHERE id IN ('held', 'kept') FOR UPDATE");
    // Of the two of one record, one waits for its lock and one for its turn.
    const held = ['held', 'held', 'kept'].map((id) => writes.update(service.url, id));
    const database = await fixture.policyPool();
    await until('deliveries are under way and the updates wait', async () => {
      const { rowCount } = await database.query(blockedStatement, [await processOf(writer)]);
      return rowCount === 2 && receiver.received.some(({ status }) => status === undefined);
    });
    const stopped = service.kill('SIGTERM');
    await until('it takes no more connections', () => refuses(service.url));
    expect(service.gone).toBe(false);
    await writer.query('COMMIT');
    await Promise.all(held);
    answer.open();
    expect(await stopped).toEqual({ code: 0, signal: null });
    await running;
    const versionsOf = (record: string): number[] =>
      writes.acknowledged
        .filter(({ id }) => id === record)
        .map(({ version }) => version)
        .toSorted((a, b) => a - b);
    expect([versionsOf('held'), versionsOf('kept')]).toEqual([
      [1, 2, 3],
      [1, 2],
    ]);
    expect(writes.refused).toEqual([]);
    expect(service.errors).toBe('');

    await fixture.service(unhurried);
    await fixture.caughtUp();
    expect(await fixture.faults()).toEqual([]);
    expect(fixture.duplicates).toBe(0);
    expect(receiver.overlaps).toEqual([]);
  });

  /** Sessions that wait for a session, or for one that waits for it. */
  const blockedStatement = `
    SELECT FROM pg_stat_activity
    WHERE pg_blocking_pids(pid) && (
      SELECT array_agg(pid) || $1::int FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)))`;

  async function processOf(session: Client): Promise<number> {
    const { rows } = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return rows[0]?.pid ?? 0;
  }

  async function refuses(url: string): Promise<boolean> {
    return fetch(`${url}/health/live`, { headers: { Connection: 'close' } }).then(
      () => false,
      (error: Error) => String(error.cause).includes('ECONNREFUSED'),
    );
  }
});
