import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, drain } from './bench.js';
import type { Arrival } from './receiver.js';
import { agency, recordId } from './records.js';

/** Versions that each record of the backlog gets. */
const versionsPerRecord = 4;

export interface BacklogDrain {
  readonly changes: number;
  /** Milliseconds that PostgreSQL took to make them. */
  readonly makingTime: number;
  /** Milliseconds from the return of the external system to its first message. */
  readonly pause: number;
  /** From the first message to the last. */
  readonly deliveriesPerSecond: number;
  /** Messages that arrived more than once. */
  readonly repeated: number;
}

/**
 * Makes changes by plain SQL while the external system is down, lets it return, and takes the time until
 * it has all of them.
 *
 * @throws when a version is missing or arrived after a newer one of its record
 */
export async function measureBacklog(bench: Bench, records: number): Promise<BacklogDrain> {
  const { database, receiver, receiverPort } = bench;
  await drain(bench);
  const before = await versions(bench, records);
  await receiver.ask({ do: 'close' });
  const begun = performance.now();
  for (let round = 0; round < versionsPerRecord; round++)
    await database.owner.query(
      `UPDATE public.policies SET description = 'Round ' || $1::int || ' of ' || id || ', ' || random()
       WHERE agency = $2 AND id = ANY ($3)`,
      [round, agency, ids(records)],
    );
  const makingTime = performance.now() - begun;
  await failedOnce(bench);
  const { opened } = await receiver.ask({ do: 'open', port: receiverPort });
  await database.drained();
  const { arrivals } = await receiver.ask({ do: 'take' });
  verify(arrivals, before);
  const first = arrivals[0]?.at ?? opened;
  const last = arrivals.at(-1)?.at ?? opened;
  const changes = records * versionsPerRecord;
  return {
    changes,
    makingTime,
    pause: first - opened,
    deliveriesPerSecond: (arrivals.length / (last - first)) * 1000,
    repeated: arrivals.length - changes,
  };
}

/** Waits until the service has noticed that the external system is down. */
async function failedOnce({ database }: Bench): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { rows } = await database.owner.query<{ failed: boolean }>(
      `SELECT EXISTS (SELECT FROM hms.sync_cursors WHERE pending_since IS NOT NULL AND last_error IS NOT NULL) AS failed`,
    );
    if (rows[0]?.failed) return;
    if (Date.now() > deadline) throw new Error('The service did not try to deliver within 30 seconds.');
    await pause(20);
  }
}

async function versions({ database }: Bench, records: number): Promise<Map<string, number>> {
  const { rows } = await database.owner.query<{ id: string; version: number }>(
    'SELECT id, version FROM public.policies WHERE agency = $1 AND id = ANY ($2)',
    [agency, ids(records)],
  );
  return new Map(rows.map(({ id, version }) => [id, version]));
}

/** Each record must come with version n+1 after n; only repeats may go back. */
function verify(arrivals: readonly Arrival[], before: ReadonlyMap<string, number>): void {
  const newest = new Map(before);
  for (const { recordId: id, version } of arrivals) {
    const has = newest.get(id);
    if (has === undefined) continue;
    if (version > has + 1) throw new Error(`Version ${version} of ${id} arrived right after ${has}.`);
    newest.set(id, Math.max(has, version));
  }
  for (const [id, version] of before) {
    const has = newest.get(id);
    if (has !== version + versionsPerRecord)
      throw new Error(`The external system has version ${has} of ${id}, not ${version + versionsPerRecord}.`);
  }
}

function ids(records: number): string[] {
  return Array.from({ length: records }, (_, index) => recordId(index + 1));
}
