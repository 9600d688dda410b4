import { setTimeout as pause } from 'node:timers/promises';
import { type FaultFixture, unhurried } from './fault-fixture.js';
import type { Random } from './seed.js';
import type { ServiceProcess } from './service-process.js';

export interface RollingRestartOptions {
  /** Processes of each role. */
  readonly size: number;
  readonly writesPerSecond: number;
  /** How often every process is replaced. */
  readonly rounds: number;
  readonly random: Random;
}

/**
 * Replaces processes of both roles one after another, under load and with SIGTERM alone, as an orchestrator
 * does: the successor runs first, and a process gets no new requests from when it is told to stop.
 *
 * @returns the milliseconds that each write took, in ascending order
 */
export async function restartOneByOne(
  fixture: FaultFixture,
  { size, writesPerSecond, rounds, random }: RollingRestartOptions,
): Promise<number[]> {
  const startRole = (ROLE: string): Promise<ServiceProcess> => fixture.service({ ...unhurried, ROLE });
  const fleet = (role: string): Promise<ServiceProcess[]> =>
    Promise.all(Array.from({ length: size }, () => startRole(role)));
  const [apis = [], dispatchers = []] = await Promise.all(['api', 'dispatcher'].map(fleet));
  const records = Array.from({ length: 50 }, (_, n) => `p${n}`);
  await fixture.writes.create(apis[0]?.url ?? '', records);

  const latencies: number[] = [];
  const writing = new Set<Promise<void>>();
  const any = <Value>(values: readonly Value[]): Value | undefined =>
    values[Math.floor(random() * values.length)];
  const write = async (): Promise<void> => {
    const start = performance.now();
    await fixture.writes.update(any(apis)?.url ?? '', any(records) ?? '');
    latencies.push(performance.now() - start);
  };
  const load = setInterval(() => {
    const work = write().finally(() => writing.delete(work));
    writing.add(work);
  }, 1_000 / writesPerSecond);
  try {
    for (let round = 0; round < rounds; round += 1)
      for (const [role, processes] of [
        ['api', apis],
        ['dispatcher', dispatchers],
      ] as const)
        for (let index = 0; index < size; index += 1) {
          const [old] = processes.splice(index, 1, await startRole(role));
          // What was sent to it just now must have a connection; it is answered after the signal.
          await pause(250);
          const exit = await old?.kill('SIGTERM');
          if (exit?.code !== 0) throw new Error(`A process with the role ${role} ended with ${exit?.code}.`);
        }
  } finally {
    clearInterval(load);
    await Promise.all(writing);
  }
  return latencies.toSorted((one, other) => one - other);
}

/** What went wrong in a restart; nothing, if all was answered in time, and delivered once and in order. */
export async function restartFaults(fixture: FaultFixture, latencies: readonly number[]): Promise<string[]> {
  const { writes, receiver, duplicates } = fixture;
  await fixture.caughtUp(60_000);
  const slow = Math.round(latencies[Math.floor(latencies.length * 0.99)] ?? 0);
  console.log(
    `${latencies.length} writes, 99 % of them within ${slow} ms; ${receiver.received.length} messages`,
  );
  return [
    ...writes.broken.map((reason) => `a write got no answer: ${reason}`),
    ...writes.refused.map(({ status, text }) => `a write was refused: ${status} ${text}`),
    ...(await fixture.faults()),
    ...receiver.overlaps.map((record) => `two requests about ${record} were under way at once`),
    ...(duplicates > 0 ? [`${duplicates} messages were sent twice`] : []),
    ...(slow >= 2_000 ? [`one write in a hundred took ${slow} ms`] : []),
  ];
}
