import type { BacklogDrain } from './backlog.js';
import { type Delay, describeDelays, latencyRate } from './latency.js';
import type { StartTime } from './start-time.js';
import { table, thousands } from './table.js';
import type { ServerResult, Throughput } from './throughput.js';

export interface Results {
  readonly read: Throughput;
  readonly update: Throughput;
  /** Updates while nothing is delivered. */
  readonly captureOnly: Throughput;
  readonly delays: readonly Delay[];
  readonly backlog: BacklogDrain;
  readonly start: StartTime;
  /** Resident memory of the service in MB after the load. */
  readonly loadedMemory: number | undefined;
}

/** The results as a Markdown table. */
export function report({ read, update, captureOnly, delays, backlog, start, loadedMemory }: Results): string {
  const rows: [string, string][] = [
    ['read: service', describe(read.service)],
    ['read: bare server', describe(read.bare)],
    ['read: ratio', ratio(read)],
    ['update: service', describe(update.service)],
    ['update: bare server', describe(update.bare)],
    ['update: ratio', ratio(update)],
    ['update, deliveries held back: service', describe(captureOnly.service)],
    ['update, deliveries held back: ratio', ratio(captureOnly)],
    ['update: changes not yet delivered at the end of a round', thousands(update.backlog)],
    [
      `receipt after the response, ${latencyRate} changes/s`,
      describeDelays(delays.map(({ sinceResponse }) => sinceResponse)),
    ],
    [
      `receipt after the change itself, ${latencyRate} changes/s`,
      describeDelays(delays.map(({ sinceChange }) => sinceChange)),
    ],
    [
      `backlog of ${thousands(backlog.changes)} changes`,
      `${thousands(backlog.deliveriesPerSecond)} deliveries/s, all arrived in order, ${backlog.repeated} twice`,
    ],
    ['first delivery after the receiver returned', `${Math.round(backlog.pause)} ms`],
    ['changes by plain SQL, captured', `${thousands((backlog.changes / backlog.makingTime) * 1000)}/s`],
    ['start with existing data, embedded PostgreSQL included', `${Math.round(start.startTime)} ms`],
    ['memory after the start', megabytes(start.memory)],
    ['memory after the load', megabytes(loadedMemory)],
  ];
  return table('service', rows);
}

function describe({ requestsPerSecond, p50, p99, cpuPerRequest }: ServerResult): string {
  const cpu = Number.isNaN(cpuPerRequest) ? '' : `, ${cpuPerRequest.toFixed(2)} ms of CPU each`;
  return `${thousands(requestsPerSecond)}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms${cpu}`;
}

function ratio({ ratio, lowestRatio, highestRatio }: Throughput): string {
  return `**${ratio.toFixed(2)}** (${lowestRatio.toFixed(2)} to ${highestRatio.toFixed(2)})`;
}

function megabytes(size: number | undefined): string {
  return size === undefined ? 'not measured: no /proc here' : `${Math.round(size)} MB`;
}
