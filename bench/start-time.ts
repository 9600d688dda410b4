import type { Bench } from './bench.js';
import { residentMemory } from './process-usage.js';
import { ServiceProcess } from './service-process.js';
import { median } from './statistics.js';

export interface StartTime {
  /** Milliseconds from the start of the process to the first 200 on `/health/ready`. */
  readonly startTime: number;
  /** Resident memory of the process right after that, in MB; undefined where there is no /proc. */
  readonly memory: number | undefined;
}

/**
 * Starts the service on the data that the earlier measurements left, with its embedded PostgreSQL stopped
 * before each start. Ends the service and the server of the benchmark.
 */
export async function measureStart(
  { service, database, settings }: Bench,
  times: number,
): Promise<StartTime> {
  await service.stop();
  await database.stop();
  const startTimes: number[] = [];
  const memories: number[] = [];
  for (let time = 0; time < times; time++) {
    const started = await ServiceProcess.start(settings);
    startTimes.push(started.startTime);
    const memory = await residentMemory(started.pid);
    if (memory !== undefined) memories.push(memory);
    await started.stop();
  }
  return { startTime: median(startTimes), memory: memories.length > 0 ? median(memories) : undefined };
}
