import { setTimeout as pause } from 'node:timers/promises';
import type { FaultFixture } from './fault-fixture.js';
import { until } from './gate.js';
import type { Random } from './seed.js';
import { recordIds } from './write-load.js';

/** Versions that go out under one claim, and claims under way at once: what one kill can make arrive twice. */
export const claimedAtOnce = 8 * 16;

export interface Kills {
  readonly kills: number;
  /** Under way at each kill, or before it. */
  readonly updates: number;
}

/**
 * Kills the service again and again, each time at a random moment amid so many updates, and starts it again.
 *
 * @returns what the log lacked after any of the kills; nothing, if all is well
 */
export async function killAmidUpdates(
  { kills, updates }: Kills,
  fixture: FaultFixture,
  random: Random,
): Promise<string[]> {
  const { writes, receiver } = fixture;
  // Slow enough that requests are under way at every kill.
  receiver.script = async () => {
    await pause(10);
    return { status: 200 };
  };
  let service = await fixture.service();
  await writes.create(service.url, recordIds(50));
  const pool = await fixture.policyPool();
  const faults: string[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const enough = writes.acknowledged.length + 20 + Math.floor(random() * 0.8 * updates);
    const running = Array.from({ length: updates }, (_, n) => writes.update(service.url, `p${n % 50}`));
    await until('the updates are half done', () => writes.acknowledged.length >= enough);
    await service.kill('SIGKILL');
    await Promise.all(running);
    faults.push(...(await writes.findLogFaults(pool)));
    service = await fixture.service();
  }
  await fixture.caughtUp(30_000);
  console.log(
    `${kills} kills: ${writes.acknowledged.length} acknowledged, ${writes.broken.length} without an answer, ` +
      `${receiver.received.length} messages, ${fixture.duplicates} of them twice`,
  );
  return faults;
}
