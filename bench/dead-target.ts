import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, drain } from './bench.js';
import { type Delay, describeDelays, latencyRate, measureLatency } from './latency.js';
import { percentile } from './statistics.js';

/**
 * The delays of a target that works, alone and beside one that accepts connections and never answers. The two
 * take turns, and every other round begins with the other, so that what else the machine does meets both. The
 * percentiles are of all rounds together: a disk that stalls for a moment is in the p99 of some short rounds only.
 */
export async function measureDeadTarget(
  bench: Bench,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<[string, string][]> {
  const alone: Delay[] = [];
  const beside: Delay[] = [];
  const measureAlone = async (): Promise<void> => {
    await drain(bench);
    alone.push(...(await measureLatency(bench, seconds)));
  };
  const measureBeside = async (): Promise<void> => {
    await drain(bench);
    const dead = await startDeadTarget(bench);
    await hanging(bench, dead.id);
    beside.push(...(await measureLatency(bench, seconds)));
    await dead.end();
    await forgotten(bench, dead.id);
  };
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) await measureAlone();
    await measureBeside();
    if (round % 2 === 1) await measureAlone();
  }
  return [
    ...rows('response', alone, beside, ({ sinceResponse }) => sinceResponse),
    ...rows('change', alone, beside, ({ sinceChange }) => sinceChange),
  ];
}

function rows(
  since: string,
  alone: readonly Delay[],
  beside: readonly Delay[],
  delay: (of: Delay) => number,
): [string, string][] {
  const ratio = percentile(beside.map(delay), 0.99) / percentile(alone.map(delay), 0.99);
  return [
    [`receipt after the ${since}, ${latencyRate} changes/s`, describeDelays(alone.map(delay))],
    [
      'the same beside a target that never answers',
      `${describeDelays(beside.map(delay))}; ratio **${ratio.toFixed(2)}**`,
    ],
  ];
}

interface DeadTarget {
  readonly id: number;
  readonly end: () => Promise<void>;
}

async function startDeadTarget({ service, token }: Bench): Promise<DeadTarget> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const headers = { authorization: token, 'content-type': 'application/json' };
  const targets = `${service.url}/api/sync/policies/targets`;
  const body = JSON.stringify({ name: 'dead', url: `http://127.0.0.1:${portOf(server)}/` });
  const response = await fetch(targets, { method: 'POST', headers, body });
  if (response.status !== 201) throw new Error(`The target was refused: ${await response.text()}`);
  const { id } = (await response.json()) as { id: number };
  return {
    id,
    end: async () => {
      await fetch(`${targets}/${id}`, { method: 'DELETE', headers: { authorization: token } });
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/**
 * Waits until requests to a target hang. Its fill waits for it by then: a target that has a thousand records to come
 * is given no more.
 */
async function hanging({ database, records }: Bench, target: number): Promise<void> {
  await until(async () => {
    const { rows } = await database.owner.query<{ hanging: boolean }>(
      `SELECT count(*) FILTER (WHERE claim IS NOT NULL) > 0 AND count(*) >= least(1000, $2::int) AS hanging
       FROM hms.sync_cursors WHERE target_id = $1`,
      [target, records],
    );
    return rows[0]?.hanging === true;
  });
}

/** Waits until nothing is left of a target that was deleted. */
async function forgotten({ database }: Bench, target: number): Promise<void> {
  await until(async () => {
    const { rowCount } = await database.owner.query(
      'SELECT FROM hms.sync_cursors WHERE target_id = $1 LIMIT 1',
      [target],
    );
    return rowCount === 0;
  });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(50);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
