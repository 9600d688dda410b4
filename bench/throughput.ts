import { type Bench, drain, type Server } from './bench.js';
import type { Load, LoadResult } from './load-generator.js';
import { cpuTime } from './process-usage.js';
import { median } from './statistics.js';

const kinds = ['read', 'update'] as const;
/** Requests under way at once. */
const connections = 32;

/** What one server did in one round. */
export interface ServerResult extends LoadResult {
  /** CPU time of its process per request in milliseconds; NaN where it cannot be measured. */
  readonly cpuPerRequest: number;
}

/** One round: the same load on both servers, one after the other. */
interface Round {
  readonly bare: ServerResult;
  readonly service: ServerResult;
  /** Messages that arrived while the service was measured. */
  readonly arrived: number;
  /** Changes that were not delivered at the end of that. */
  readonly backlog: number;
}

/** Medians over the rounds. */
export interface Throughput {
  readonly bare: ServerResult;
  readonly service: ServerResult;
  /** Median of the ratios of the single rounds, service by bare server. */
  readonly ratio: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
  /** Changes that were not delivered when an update round ended. */
  readonly backlog: number;
}

/** Puts the same load on the service and the bare server in turns, so that what disturbs one disturbs both. */
export async function measureThroughput(
  bench: Bench,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  print: (line: string) => void,
): Promise<Record<Load['kind'], Throughput>> {
  const measured: Record<Load['kind'], Round[]> = { read: [], update: [] };
  // The first round is not counted: the code of both servers gets compiled in it.
  for (const kind of kinds) await measureRound(bench, kind, seconds);
  for (let number = 1; number <= rounds; number++)
    for (const kind of kinds) {
      const round = await measureRound(bench, kind, seconds, number % 2 === 0);
      measured[kind].push(round);
      print(`round ${number}, ${kind}: ${describeRound(kind, round)}`);
    }
  return { read: summary(measured.read), update: summary(measured.update) };
}

/**
 * Updates while nothing is delivered: the targets are paused, so changes are captured and wait. What is
 * missing to the rate with deliveries is what those cost.
 */
export async function measureCaptureOnly(
  bench: Bench,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
  print: (line: string) => void,
): Promise<Throughput> {
  const measured: Round[] = [];
  await bench.database.pauseTargets(true);
  for (let number = 1; number <= rounds; number++) {
    const bare = await measureServer(bench, bench.bare, 'update', seconds);
    const service = await measureServer(bench, bench.service, 'update', seconds);
    const round = { bare, service, arrived: 0, backlog: await bench.database.backlog() };
    measured.push(round);
    print(`round ${number}, update, targets paused: ${describeRound('update', round)}`);
  }
  await bench.database.pauseTargets(false);
  await drain(bench);
  return summary(measured);
}

async function measureRound(
  bench: Bench,
  kind: Load['kind'],
  seconds: number,
  serviceFirst = false,
): Promise<Round> {
  const early = serviceFirst ? undefined : await measureServer(bench, bench.bare, kind, seconds);
  const service = await measureServer(bench, bench.service, kind, seconds);
  const backlog = await bench.database.backlog();
  const arrived = (await bench.receiver.ask({ do: 'take' })).arrivals.length;
  await drain(bench);
  const bare = early ?? (await measureServer(bench, bench.bare, kind, seconds));
  return { bare, service, arrived, backlog };
}

async function measureServer(
  { records, token, load }: Bench,
  { url, pid }: Server,
  kind: Load['kind'],
  seconds: number,
): Promise<ServerResult> {
  const before = await cpuTime(pid);
  const result = await load.ask({ url, kind, records, token, connections, seconds });
  const used = ((await cpuTime(pid)) ?? Number.NaN) - (before ?? Number.NaN);
  return { ...result, cpuPerRequest: used / result.requests };
}

function describeRound(kind: Load['kind'], { bare, service, arrived, backlog }: Round): string {
  const ratio = service.requestsPerSecond / bare.requestsPerSecond;
  const sync = kind === 'update' ? `, ${arrived} delivered meanwhile, ${backlog} left` : '';
  const generator = Math.round(Math.max(bare.generatorLoad, service.generatorLoad) * 100);
  return (
    `service ${describe(service)}, bare ${describe(bare)}, ratio ${ratio.toFixed(2)}${sync} ` +
    `(load generator at ${generator} % of a core)`
  );
}

function describe({ requestsPerSecond, p50, p99, cpuPerRequest }: ServerResult): string {
  const cpu = cpuPerRequest.toFixed(2);
  return `${Math.round(requestsPerSecond)}/s p50 ${p50.toFixed(1)} ms p99 ${p99.toFixed(1)} ms CPU ${cpu} ms`;
}

function summary(rounds: readonly Round[]): Throughput {
  const ratios = rounds.map(({ bare, service }) => service.requestsPerSecond / bare.requestsPerSecond);
  return {
    bare: medians(rounds.map(({ bare }) => bare)),
    service: medians(rounds.map(({ service }) => service)),
    ratio: median(ratios),
    lowestRatio: Math.min(...ratios),
    highestRatio: Math.max(...ratios),
    backlog: median(rounds.map(({ backlog }) => backlog)),
  };
}

function medians(results: readonly ServerResult[]): ServerResult {
  const of = (member: keyof ServerResult): number => median(results.map((result) => result[member]));
  return {
    requests: of('requests'),
    requestsPerSecond: of('requestsPerSecond'),
    p50: of('p50'),
    p99: of('p99'),
    generatorLoad: of('generatorLoad'),
    cpuPerRequest: of('cpuPerRequest'),
  };
}
