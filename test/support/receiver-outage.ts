import type { FaultFixture } from './fault-fixture.js';
import type { Random } from './seed.js';
import { recordIds, writeLoad } from './write-load.js';

/**
 * Takes the external system down for a time in which records are changed, and for changes after its return.
 *
 * @returns milliseconds from the return until the target had everything
 */
export async function outageOf(seconds: number, fixture: FaultFixture, random: Random): Promise<number> {
  const { receiver, writes } = fixture;
  const { url } = await fixture.service();
  const records = recordIds(40);
  await writes.create(url, records);
  await fixture.caughtUp();
  await receiver.down();
  const returns = Date.now() + seconds * 1_000;
  while (Date.now() < returns)
    await writeLoad(writes, random, { urls: [url], records, writers: 4, updates: 5 });
  const writing = writeLoad(writes, random, { urls: [url], records, writers: 4, updates: 50 });
  await receiver.up();
  const up = performance.now();
  await writing;
  await fixture.caughtUp();
  const took = performance.now() - up;
  console.log(`${receiver.received.length} messages; the last ${Math.round(took)} ms after the return`);
  return took;
}
