import type { BenchDatabase } from './bench-database.js';
import { cpuTime, residentMemory } from './process-usage.js';
import { thousands } from './table.js';

/** What it took to bring records in, or out. */
export interface Passage {
  readonly records: number;
  readonly bytes: number;
  readonly milliseconds: number;
  /** CPU time of the service, and of PostgreSQL, in milliseconds; not a number without /proc. */
  readonly service: number;
  readonly database: number;
  /** Megabytes by which the service's resident memory was above that at the beginning, at most. */
  readonly growth: number;
}

/**
 * Measures what it takes to move records.
 *
 * @param pid of the service
 * @param work moves so many records, and returns how many bytes they had
 */
export async function measurePassage(
  { database, pid }: { readonly database: BenchDatabase; readonly pid: number | undefined },
  records: number,
  work: () => Promise<number>,
): Promise<Passage> {
  const memory = (await residentMemory(pid)) ?? Number.NaN;
  let most = memory;
  const watch = setInterval(() => {
    void residentMemory(pid).then((now) => (most = Math.max(most, now ?? most)));
  }, 50);
  const [service, server] = [await cpuTime(pid), await database.cpuTime()];
  const begun = performance.now();
  const bytes = await work();
  const milliseconds = performance.now() - begun;
  clearInterval(watch);
  return {
    records,
    bytes,
    milliseconds,
    service: difference(await cpuTime(pid), service),
    database: difference(await database.cpuTime(), server),
    growth: most - memory,
  };
}

export function describePassage({
  records,
  bytes,
  milliseconds,
  service,
  database,
  growth,
}: Passage): string {
  const each = (time: number): string => `${Math.round((time / records) * 1000)} µs`;
  return (
    `${thousands((records / milliseconds) * 1000)}/s, ${(bytes / 2 ** 20 / (milliseconds / 1000)).toFixed(1)} MB/s, ` +
    `CPU a record ${each(service)} in the service and ${each(database)} in PostgreSQL, ` +
    `memory grew by ${Math.round(growth)} MB`
  );
}

const difference = (after: number | undefined, before: number | undefined): number =>
  (after ?? Number.NaN) - (before ?? Number.NaN);
