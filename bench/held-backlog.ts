import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, drain } from './bench.js';
import { claimDurations, claimsBetween, durationBelow } from './claim-durations.js';
import { MemorySamples } from './memory-samples.js';
import { cpuTime } from './process-usage.js';
import type { Arrival } from './receiver.js';
import { agency, recordId } from './records.js';
import { sequentialReads } from './sequential-reads.js';
import { thousands } from './table.js';

/** How large the backlog is. */
export interface BacklogExtent {
  readonly records: number;
  /** Changes of each record but the first. */
  readonly versions: number;
  /** Changes of the first. */
  readonly hotVersions: number;
}

/** Milliseconds that the drain may take. */
const limit = 300_000;
const hotRecord = recordId(1);

/**
 * Makes a backlog of which one record has thousands of versions and every fifth record is held by a dead
 * letter, and takes the time until the rest is delivered.
 *
 * @throws when a version is missing or arrived after a newer one of its record
 */
export async function measureHeldBacklog(bench: Bench, extent: BacklogExtent): Promise<[string, string][]> {
  const { database, service } = bench;
  await drain(bench);
  await database.pauseTargets(true);
  await makeChanges(bench, extent);
  const held = await holdEveryFifth(bench);
  const due = await dueVersions(bench);
  // The metrics count all cursors, so they are read before and after.
  const claimsBefore = await claimDurations(service.url);
  const readsBefore = await sequentialReads(database);
  const cpuBefore = await cpuTime(service.pid);
  const memory = new MemorySamples(service.pid);
  await database.owner.query('UPDATE hms.sync_targets SET paused = false');
  const arrivals = await receive(bench, due);
  const memories = memory.stop();
  const cpu = ((await cpuTime(service.pid)) ?? Number.NaN) - (cpuBefore ?? Number.NaN);
  const reads = (await sequentialReads(database)) - readsBefore;
  const claimsAfter = await claimDurations(service.url);
  await database.owner.query(
    'UPDATE hms.sync_cursors SET held_at = NULL, due_at = now() WHERE held_at IS NOT NULL',
  );
  await drain(bench);
  const changes = extent.versions * (extent.records - 1) + extent.hotVersions;
  return [
    [
      `backlog of ${thousands(changes)} changes, ${thousands(extent.hotVersions)} of them of one record`,
      `**${thousands(arrivals.length / lastOf(arrivals))} deliveries/s**, in order, ${arrivals.length - total(due)} twice`,
    ],
    [
      'last delivery of that record, and of all others',
      [true, false].map((isHot) => seconds(lastOf(arrivals, isHot))).join(', '),
    ],
    ['CPU of the service for a delivery', `${(cpu / arrivals.length).toFixed(2)} ms`],
    ['records held by a dead letter', thousands(held)],
    [
      `${thousands(claimsBetween(claimsBefore, claimsAfter))} claims, p99`,
      `at most ${durationBelow(0.99, claimsBefore, claimsAfter)} ms`,
    ],
    ['rows of cursors and log read by sequential scans meanwhile', thousands(reads)],
    ['memory of the service, highest in each quarter of the drain', `${memories.join(', ')} MB`],
  ];
}

/** The record with many changes gets them all the time, as such a record does. */
async function makeChanges({ database }: Bench, extent: BacklogExtent): Promise<void> {
  const { owner } = database;
  for (let round = 0; round < extent.versions; round++) {
    await owner.query(
      `UPDATE public.policies SET description = 'Round ' || $1::int || ' of ' || id || ', ' || random()
       WHERE agency = $2 AND id <> $3`,
      [round, agency, hotRecord],
    );
    await owner.query(`DO $$ BEGIN
      FOR n IN 1..${extent.hotVersions / extent.versions} LOOP
        UPDATE public.policies SET description = 'Change ' || n || ', ' || random()
        WHERE agency = '${agency}' AND id = '${hotRecord}';
      END LOOP;
    END $$`);
  }
}

async function holdEveryFifth({ database }: Bench): Promise<number> {
  const { rowCount } = await database.owner.query(
    `UPDATE hms.sync_cursors SET held_at = now(), due_at = NULL
     WHERE due_at IS NOT NULL AND record_id <> $1 AND id % 5 = 0`,
    [hotRecord],
  );
  return rowCount ?? 0;
}

/** The newest version that each record has to get, and had before. */
type Due = ReadonlyMap<string, { readonly had: number; readonly newest: number }>;

async function dueVersions({ database }: Bench): Promise<Due> {
  const { rows } = await database.owner.query<{ id: string; had: number; newest: number }>(
    `SELECT record_id AS id, delivered_version AS had, latest_version AS newest FROM hms.sync_cursors
     WHERE due_at IS NOT NULL`,
  );
  return new Map(rows.map(({ id, had, newest }) => [id, { had, newest }]));
}

function total(due: Due): number {
  return [...due.values()].reduce((sum, { had, newest }) => sum + newest - had, 0);
}

/** Waits until all is there; the database is left alone meanwhile. */
async function receive({ receiver }: Bench, due: Due): Promise<Arrival[]> {
  const arrivals: Arrival[] = [];
  const missing = new Map([...due].map(([id, { had }]) => [id, had]));
  const deadline = performance.now() + limit;
  while (missing.size > 0) {
    if (performance.now() > deadline)
      throw new Error(`${missing.size} records did not get all their versions.`);
    await pause(100);
    const taken = await receiver.ask({ do: 'take' });
    for (const arrival of taken.arrivals) {
      arrivals.push(arrival);
      follow(missing, due, arrival);
    }
  }
  return arrivals;
}

/** Each record must come with version n+1 after n; only repeats may go back. */
function follow(missing: Map<string, number>, due: Due, { recordId: id, version }: Arrival): void {
  const has = missing.get(id);
  if (has === undefined) return;
  if (version > has + 1) throw new Error(`Version ${version} of ${id} arrived right after ${has}.`);
  if (version === due.get(id)?.newest) missing.delete(id);
  else missing.set(id, Math.max(has, version));
}

/** Seconds from the first arrival to the last one, of the hot record or of the others where that is said. */
function lastOf(arrivals: readonly Arrival[], isHot?: boolean): number {
  const last = arrivals.findLast(
    (arrival) => isHot === undefined || (arrival.recordId === hotRecord) === isHot,
  );
  return ((last?.at ?? 0) - (arrivals[0]?.at ?? 0)) / 1000;
}

function seconds(value: number): string {
  return `after ${value.toFixed(1)} s`;
}
