import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, drain } from './bench.js';
import { type Latency, latencyRate, measureLatency } from './latency.js';
import { median } from './statistics.js';

/**
 * The delays of a target that works, alone and beside one that accepts connections and never answers. The two
 * take turns, and every other round begins with the other, so that what else the machine does meets both.
 */
export async function measureDeadTarget(
  bench: Bench,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<[string, string][]> {
  const alone: Latency[] = [];
  const beside: Latency[] = [];
  const measureAlone = async (): Promise<void> => {
    await drain(bench);
    alone.push(await measureLatency(bench, seconds));
  };
  const measureBeside = async (): Promise<void> => {
    await drain(bench);
    const dead = await startDeadTarget(bench);
    await hanging(bench, dead.id);
    beside.push(await measureLatency(bench, seconds));
    await dead.end();
  };
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) await measureAlone();
    await measureBeside();
    if (round % 2 === 1) await measureAlone();
  }
  const ratio = median(
    beside.map((one, index) => one.sinceChange.p99 / (alone[index]?.sinceChange.p99 ?? Number.NaN)),
  );
  return [
    [`receipt after the change, ${latencyRate} changes/s`, describe(alone)],
    ['the same beside a target that never answers', describe(beside)],
    [`p99 beside it, by p99 alone, median of ${rounds} pairs`, `**${ratio.toFixed(2)}**`],
  ];
}

function describe(latencies: readonly Latency[]): string {
  const p50 = median(latencies.map(({ sinceChange }) => sinceChange.p50));
  const p99 = median(latencies.map(({ sinceChange }) => sinceChange.p99));
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
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

/** Waits until requests to a target hang; it had its first records by then, and gets no more while it has those. */
async function hanging({ database }: Bench, target: number): Promise<void> {
  for (;;) {
    const { rowCount } = await database.owner.query(
      'SELECT FROM hms.sync_cursors WHERE target_id = $1 AND claim IS NOT NULL LIMIT 1',
      [target],
    );
    if (rowCount === 1) return;
    await pause(50);
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
