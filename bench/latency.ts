import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from './bench.js';
import type { Arrival } from './receiver.js';
import { newDescription, recordId } from './records.js';
import { clock, percentile, shuffled } from './statistics.js';

/** Changes per second. */
export const latencyRate = 200;

/** Milliseconds that the last message may take. */
const arrivalLimit = 30_000;

/** Milliseconds until the external system had a change. */
export interface Delay {
  /** From the service's response to the PUT; below zero where the message was faster. */
  readonly sinceResponse: number;
  /** From `updatedAt`, which lies a little before the commit. */
  readonly sinceChange: number;
}

interface Written {
  readonly id: string;
  readonly version: number;
  readonly updatedAt: string;
  readonly answeredAt: number;
}

/**
 * Sends updates at a fixed rate, whether or not earlier ones are answered, and compares when each was
 * answered with when its message arrived at the external system.
 *
 * @throws when a change does not arrive
 */
export async function measureLatency(bench: Bench, seconds: number): Promise<Delay[]> {
  const ids = shuffled(bench.records);
  const first = await sendSteadily(bench, ids.slice(0, latencyRate));
  await arrivalsOf(bench, first.length);
  const written = await sendSteadily(bench, ids.slice(latencyRate, latencyRate * (seconds + 1)));
  const arrivals = await arrivalsOf(bench, written.length);
  return compare(written, arrivals);
}

export function describeDelays(delays: readonly number[]): string {
  return `p50 ${percentile(delays, 0.5).toFixed(1)} ms, p99 ${percentile(delays, 0.99).toFixed(1)} ms`;
}

/** Waits for so many messages, since there may be another target that never has everything. */
async function arrivalsOf({ receiver }: Bench, count: number): Promise<Arrival[]> {
  const arrivals: Arrival[] = [];
  const deadline = clock() + arrivalLimit;
  while (arrivals.length < count && clock() < deadline) {
    await pause(50);
    arrivals.push(...(await receiver.ask({ do: 'take' })).arrivals);
  }
  return arrivals;
}

async function sendSteadily(bench: Bench, ids: readonly number[]): Promise<Written[]> {
  // Of this run alone: the service closes connections that idle between two.
  const agent = new Agent({ keepAlive: true });
  const begun = clock();
  const sent: Promise<Written>[] = [];
  for (const [index, id] of ids.entries()) {
    const early = begun + (index * 1000) / latencyRate - clock();
    if (early > 0) await pause(early);
    sent.push(put(bench, agent, recordId(id + 1)));
  }
  const written = await Promise.all(sent);
  agent.destroy();
  return written;
}

function put({ service, token }: Bench, agent: Agent, id: string): Promise<Written> {
  return new Promise((resolve, reject) => {
    const put = request(`${service.url}/api/policies/${id}`, {
      method: 'PUT',
      agent,
      headers: { authorization: token, 'content-type': 'application/json' },
    });
    put.on('error', reject);
    put.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const answeredAt = clock();
        const body = Buffer.concat(chunks).toString();
        if (response.statusCode !== 200) reject(new Error(`The service refused a change: ${body}`));
        else resolve({ ...(JSON.parse(body) as Omit<Written, 'answeredAt'>), answeredAt });
      });
    });
    put.end(JSON.stringify({ description: newDescription() }));
  });
}

function compare(written: readonly Written[], arrivals: readonly Arrival[]): Delay[] {
  const arrived = new Map(arrivals.map(({ recordId, version, at }) => [`${recordId} ${version}`, at]));
  return written.map(({ id, version, updatedAt, answeredAt }) => {
    const at = arrived.get(`${id} ${version}`);
    if (at === undefined) throw new Error(`Version ${version} of ${id} never arrived.`);
    return { sinceResponse: at - answeredAt, sinceChange: at - instant(updatedAt) };
  });
}

/** A time of the service in milliseconds since 1970; Date.parse alone drops the microseconds. */
function instant(text: string): number {
  const microseconds = /\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? '';
  return Date.parse(text) + Number(microseconds.padEnd(3, '0')) / 1000;
}
