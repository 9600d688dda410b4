import autocannon from 'autocannon';
import { answerQuestions } from './helper-process.js';
import { newDescription, recordId } from './records.js';
import { median, percentile } from './statistics.js';

/** Load to put on a server. */
export interface Load {
  /** Base address of the server. */
  readonly url: string;
  readonly kind: 'read' | 'update';
  /** What is read; records by id, unless given. */
  readonly paths?: readonly string[];
  /** Number of records to choose from. */
  readonly records: number;
  /** Sent in `Authorization`. */
  readonly token: string;
  /** Requests under way at once. */
  readonly connections: number;
  /** Seconds that are measured, after {@link warmUp}. */
  readonly seconds: number;
}

export interface LoadResult {
  /** All that were answered, those of the warm-up included. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Part of one core that the generator itself used; near 1 it would be what limits the result. */
  readonly generatorLoad: number;
}

/** Seconds of load before the measurement, in which connections open and the server's code gets compiled. */
const warmUp = 0.75;
/** Requests that one connection has ready; more than it sends in one round, so that updates do not repeat. */
const requestsPerConnection = 2000;

async function run(load: Load): Promise<LoadResult> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const options: autocannon.Options = {
    url: load.url,
    connections: load.connections,
    duration: Math.ceil(warmUp + load.seconds) + 1,
    setupClient: (client) => client.setRequests(requestsOf(load)),
  };
  const round = autocannon(options, () => end());
  let requests = 0;
  const durations: number[] = [];
  const refused = new Map<number, number>();
  let begun = Number.POSITIVE_INFINITY;
  round.on('response', (_client, status, _bytes, duration) => {
    if (status !== 200) refused.set(status, (refused.get(status) ?? 0) + 1);
    else {
      requests += 1;
      if (performance.now() >= begun) durations.push(duration);
    }
  });
  round.on('reqError', () => refused.set(0, (refused.get(0) ?? 0) + 1));
  await wait(warmUp);
  begun = performance.now();
  const cpu = process.cpuUsage();
  await wait(load.seconds);
  const elapsed = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  const counted = durations.splice(0);
  round.stop();
  await ended;
  if (refused.size > 0) throw new Error(`The server refused requests of the load: ${describe(refused)}.`);
  return {
    requests,
    requestsPerSecond: (counted.length / elapsed) * 1000,
    p50: median(counted),
    p99: percentile(counted, 0.99),
    generatorLoad: (user + system) / 1000 / elapsed,
  };
}

/** Random records, and for updates a random value, so that each makes a new version. */
function requestsOf({ kind, paths, records, token }: Load): autocannon.Request[] {
  return Array.from({ length: requestsPerConnection }, () => {
    const record = `/api/policies/${recordId(1 + Math.floor(Math.random() * records))}`;
    const path = paths?.[Math.floor(Math.random() * paths.length)] ?? record;
    if (kind === 'read') return { method: 'GET', path, headers: { authorization: token } };
    return {
      method: 'PUT',
      path,
      headers: { authorization: token, 'content-type': 'application/json' },
      body: JSON.stringify({ description: newDescription() }),
    };
  });
}

function describe(refused: ReadonlyMap<number, number>): string {
  return [...refused]
    .map(([status, count]) => `${count} × ${status === 0 ? 'connection failed' : `status ${status}`}`)
    .join(', ');
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

answerQuestions(run);
