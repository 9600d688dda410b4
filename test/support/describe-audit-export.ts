import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { entriesStatement } from '../../src/platform/audit/trail/audit-statements.js';
import { AuditTrail } from '../../src/platform/audit/trail/audit-trail.js';
import { startApp, type TestApp } from './app.js';
import { exportTrail, seedTrail } from './audit-trail.js';
import { superuserPool } from './cluster.js';

/**
 * An export of so many entries.
 *
 * @param entries enough of them that what an unread export reads ahead, and what may grow, is little beside them
 */
export function describeAuditExport(entries: number): void {
  describe(`an export of ${entries} entries`, () => {
    let service: TestApp;
    let pages = 0;

    beforeAll(async () => {
      service = await startApp();
      await seedTrail(service, 'policy', { agency: 'hhs', count: entries * 0.6, actor: 'many' });
      await seedTrail(service, 'market', { agency: 'hhs', count: entries * 0.4, actor: 'many' });
      const trail = service.app.get(AuditTrail, { strict: false });
      const page = trail.page.bind(trail);
      trail.page = (...parameters) => {
        pages += 1;
        return page(...parameters);
      };
    });

    afterAll(() => service?.close());

    /** Bytes that are in use after a garbage collection. */
    const liveHeap = (): number => {
      setFlagsFromString('--expose-gc');
      (runInNewContext('gc') as () => void)();
      return process.memoryUsage().heapUsed;
    };

    it.each([
      [{}, 'changes_by_agency'],
      [{ actor: 'nobody' }, 'changes_by_agency'],
      [{ from: '2026-01-01T00:00:00Z', action: 'deleted' }, 'changes_by_agency'],
      [{ recordId: 'many7' }, 'changes_pkey'],
    ])('is read along an index, never sorted or searched through: %j', async (filter, index) => {
      const pool = superuserPool(service.databases.names.policy);
      const table = {
        rank: 1,
        relation: 'hms.changes',
        instant: 'changed_at',
        resources: ['policies'],
      } as const;
      const { text, values } = entriesStatement(table, {
        agencies: ['hhs'],
        filter,
        limit: 26,
        window: 2500,
      });
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
      await pool.end();
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toMatch(new RegExp(`Scan Backward using ${index} `));
      expect(plan).not.toMatch(/Seq Scan|Bitmap/);
    });

    it('takes no more memory than a small one, and stops for a client that does not read or goes away', async () => {
      // Compressed, most of it would fit into what lies between the two.
      const unread = await exportTrail(service, 'category=change', { 'Accept-Encoding': 'identity' });
      const body = unread.body?.getReader();
      await body?.read();
      const before = liveHeap();
      pages = 0;
      let lines = 0;
      let peak = 0;
      let samples = 0;
      for await (const chunk of (await exportTrail(service, 'category=change')).body ?? []) {
        for (const byte of chunk as Uint8Array) if (byte === 10) lines += 1;
        if (lines > samples * (entries / 10)) {
          samples += 1;
          peak = Math.max(peak, liveHeap());
        }
      }
      expect(lines).toBe(entries);
      expect(samples).toBeGreaterThanOrEqual(9);
      expect(peak - before).toBeLessThan(15_000_000);
      // The other export, meanwhile, has filled the buffers of its connection and waits:
      // to its end it would be as many pages again.
      expect(pages).toBeLessThan(entries / 500 + 75);
      await body?.cancel();
      const then = pages;
      for (let n = 0; n < 20; n += 1) await service.request('GET', '/api/audit', { scopes: ['audit:read'] });
      expect(pages - then).toBeLessThanOrEqual(20 + 1);
    }, 120_000);
  });
}
