import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findDelays, reconcileTable } from '../../src/platform/records/reconciliation/reconcile-table.js';
import type { Difference } from '../../src/platform/records/reconciliation/reconciled-table.js';
import { databaseVariables } from '../support/service-process.js';
import { SyncFixture } from '../support/sync-fixture.js';

const table = { resource: 'policies', table: 'policies' };

describe('a reconciliation', () => {
  let sync: SyncFixture;

  beforeAll(async () => {
    sync = await SyncFixture.start();
    const engine = await sync.engine();
    for (const agency of ['hhs', 'va'])
      for (const id of ['p1', 'p2', 'p3']) {
        await sync.create(id, agency);
        await sync.update(id, agency);
      }
    await sync.owner.query("UPDATE policies SET deleted_at = now() WHERE id = 'p3'");
    await sync.caughtUp();
    await engine.stop();
  });

  afterAll(() => sync.end());

  const reconcile = async (): Promise<{ differences: Difference[]; records: number }> => {
    const comparison = reconcileTable(sync.superuser, table);
    const differences: Difference[] = [];
    let step = await comparison.next();
    for (; !step.done; step = await comparison.next()) differences.push(step.value);
    return { differences, records: step.value };
  };

  const guarded = ['public.policies', 'hms.changes', 'hms.removed_changes'];

  /** Does something that no trigger sees, and undoes it when the work is done. */
  const corrupted = async (statement: string, work: () => Promise<void>): Promise<void> => {
    const tables = [
      'public.policies',
      'hms.changes',
      'hms.removed_changes',
      'hms.sync_cursors',
      'hms.sync_targets',
    ];
    await sync.superuser.query(
      `${guarded.map((name) => `ALTER TABLE ${name} DISABLE TRIGGER USER;`).join(' ')}
       ${tables.map((name) => `CREATE TABLE kept_${name.split('.')[1]} AS SELECT * FROM ${name};`).join(' ')} ${statement}`,
    );
    try {
      await work();
    } finally {
      await sync.superuser.query(
        tables
          .map((name) => {
            const kept = `kept_${name.split('.')[1]}`;
            return `DELETE FROM ${name}; INSERT INTO ${name} OVERRIDING SYSTEM VALUE SELECT * FROM ${kept}; DROP TABLE ${kept};`;
          })
          .join(' ') + guarded.map((name) => `ALTER TABLE ${name} ENABLE TRIGGER USER;`).join(' '),
      );
    }
  };

  it('finds nothing where all is well', async () => {
    expect(await reconcile()).toEqual({ differences: [], records: 6 });
  });

  const p1 = "agency = 'hhs' AND id = 'p1'";
  const ofP1 = "agency = 'hhs' AND record_id = 'p1'";
  it.each([
    [
      'a record changed past the triggers',
      `UPDATE policies SET title = 'x' WHERE ${p1}`,
      'differs from its newest log entry',
    ],
    [
      'another version',
      `UPDATE policies SET version = 9 WHERE ${p1}`,
      'has version 9, the newest log entry is version 2',
    ],
    ['a record without a log', `DELETE FROM hms.changes WHERE ${ofP1}`, 'the log has nothing of it'],
    ['a log without a record', `DELETE FROM policies WHERE ${p1}`, 'but there is no such record'],
    ['a gap', `DELETE FROM hms.changes WHERE ${ofP1} AND version = 1`, 'Of its 2 versions the log has 1'],
    ['a cursor that is not there', `DELETE FROM hms.sync_cursors WHERE ${ofP1}`, 'has no cursor for it'],
    [
      'a wrong newest version',
      `UPDATE hms.sync_cursors SET latest_version = 1, delivered_version = 1 WHERE ${ofP1}`,
      'says that version 1 is the newest',
    ],
    [
      'too much delivered',
      `UPDATE hms.sync_cursors SET delivered_version = 3 WHERE ${ofP1}`,
      'says that version 3 was delivered',
    ],
    ['a cursor of another agency', `UPDATE hms.sync_targets SET agency = 'va'`, 'record of another agency'],
    [
      'a cursor of no record',
      `UPDATE hms.sync_cursors SET record_id = 'zz' WHERE ${ofP1}`,
      'has a cursor, but there is no such record',
    ],
  ])('names %s', async (_what, statement, detail) => {
    await corrupted(statement, async () => {
      const { differences } = await reconcile();
      const own = differences.filter(({ agency, id }) => agency === 'hhs' && ['p1', 'zz'].includes(id));
      expect(own).toContainEqual(
        expect.objectContaining({ detail: expect.stringContaining(detail) as string }),
      );
      expect(differences.filter(({ agency }) => agency === 'va')).toEqual([]);
    });
    expect((await reconcile()).differences).toEqual([]);
  });

  it.each([
    [
      'versions that a retention removed',
      `INSERT INTO hms.removed_changes SELECT xid, seq, resource, agency, record_id, version, hash, 1
       FROM hms.changes WHERE ${ofP1} AND version = 1; DELETE FROM hms.changes WHERE ${ofP1} AND version = 1`,
    ],
    ['deleted records that a new target never had', "DELETE FROM hms.sync_cursors WHERE record_id = 'p3'"],
    ['a detached target', 'UPDATE hms.sync_targets SET detached = true; DELETE FROM hms.sync_cursors'],
  ])('takes no offence at %s', (_what, statement) =>
    corrupted(statement, async () => expect((await reconcile()).differences).toEqual([])),
  );

  it('takes no offence at a target that is being filled', async () => {
    await corrupted(
      `DELETE FROM hms.sync_cursors; INSERT INTO hms.sync_jobs (target_id, kind) SELECT id, 'resync' FROM hms.sync_targets`,
      async () => expect((await reconcile()).differences).toEqual([]),
    );
    await sync.superuser.query("DELETE FROM hms.sync_jobs WHERE state = 'running'");
  });

  it('tells what waits for long, apart from what is held up shortly', async () => {
    await corrupted(
      `UPDATE hms.sync_cursors SET pending_since = now() - interval '20 minutes', due_at = now() WHERE ${ofP1};
       UPDATE hms.sync_cursors SET pending_since = now(), due_at = now() WHERE record_id = 'p2'`,
      async () => {
        expect(await findDelays(sync.superuser, table, 15)).toMatchObject([
          { target: 'environment', records: 1 },
        ]);
        expect(await findDelays(sync.superuser, table, 30)).toEqual([]);
      },
    );
  });

  it('goes through any number of records', async () => {
    await sync.owner.query(
      "INSERT INTO policies (agency, id, title) SELECT 'many', 'm' || n, 'x' FROM generate_series(1, 1234) n",
    );
    expect(await reconcile()).toEqual({ differences: [], records: 1240 });
  });

  describe('as a command', () => {
    const command = async (...args: string[]): Promise<{ code: unknown; output: string }> => {
      const { PATH = '' } = process.env;
      const env = { PATH, NODE_ENV: 'test', ...databaseVariables(sync.databases.addresses) };
      const child = spawn(process.execPath, ['dist/tools/reconcile.js', ...args], { env });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (text: Buffer) => (output += text.toString()));
      const [code] = (await once(child, 'close')) as unknown[];
      return { code, output };
    };

    it('ends with 0, 1 and 2', async () => {
      expect(await command()).toEqual({
        code: 0,
        output:
          'policies: nothing differs; 1240 records compared\nitems: nothing differs; 0 records compared\n',
      });
      await corrupted(`DELETE FROM hms.sync_cursors`, async () => {
        const { code, output } = await command('policy');
        expect(code).toBe(1);
        expect(output).toContain('policies: hhs/p1 for environment: The target has no cursor for it');
        expect(output.split('\n').filter((line) => line.includes(' for environment'))).toHaveLength(100);
        expect(output).toContain('policies: 1238 differences; 1240 records compared');
      });
      expect(await command('nothing')).toMatchObject({ code: 2 });
    });
  });
});
