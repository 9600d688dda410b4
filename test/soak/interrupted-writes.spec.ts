import { setTimeout as pause } from 'node:timers/promises';
import { FaultFixture } from '../support/fault-fixture.js';
import { type Random, withSeed } from '../support/seed.js';
import type { ServiceProcess } from '../support/service-process.js';
import { soakSize } from '../support/soak-size.js';
import { recordIds } from '../support/write-load.js';

const trials = soakSize('SOAK_INTERRUPTED_WRITES', 1_000);
/** Few enough that each of the requests is being worked on when the service is killed. */
const writers = 16;

describe(`Writes, ${trials} of which a kill interrupts`, () => {
  let fixture: FaultFixture;

  afterEach(() => fixture.end());

  it('leave a record with its version in the log and for delivery, or neither', () =>
    withSeed(async (random) => {
      fixture = await FaultFixture.onServer();
      const { writes } = fixture;
      const pool = await fixture.policyPool();
      let kills = 0;
      while (writes.broken.length < trials) {
        const service = await fixture.service();
        if (kills === 0) await writes.create(service.url, recordIds(20));
        const writing = Array.from({ length: writers }, (_, n) => writeOn(service, random, `k${kills}w${n}`));
        await pause(20 + random() * 300);
        await service.kill('SIGKILL');
        await Promise.all(writing);
        kills += 1;
        expect(await writes.findLogFaults(pool)).toEqual([]);
        const { rows } = await pool.query(
          `SELECT p.id FROM public.policies p LEFT JOIN hms.sync_cursors c
             ON c.agency = p.agency AND c.record_id = p.id WHERE c.latest_version IS DISTINCT FROM p.version`,
        );
        expect(rows).toEqual([]);
      }
      console.log(`${kills} kills: ${writes.acknowledged.length} acknowledged, ${writes.broken.length} not`);
      expect(writes.refused).toEqual([]);
    }));

  /** Makes and changes records, one request after another, until the service is gone. */
  async function writeOn(service: ServiceProcess, random: Random, name: string): Promise<void> {
    const { writes } = fixture;
    const before = writes.broken.length;
    for (let n = 0; !service.gone && writes.broken.length < before + writers; n += 1)
      if (random() < 0.5) await writes.create(service.url, [`${name}n${n}`]);
      else await writes.update(service.url, `p${Math.floor(random() * 20)}`);
  }
});
