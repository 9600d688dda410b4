import { execFile } from 'node:child_process';
import { startApp } from '../support/app.js';
import { AuditFixture } from '../support/audit-fixture.js';
import { createDatabases, superuserPool, type TestDatabases } from '../support/cluster.js';
import { databaseVariables } from '../support/service-process.js';

/** Makes a log look as after a restore from a dump of a server that was far ahead of this one. */
const fromTheFuture = `
  ALTER TABLE hms.changes DISABLE TRIGGER ALL; ALTER TABLE hms.removed_changes DISABLE TRIGGER ALL;
  UPDATE hms.changes SET xid = (xid::text::bigint + 10000000000)::text::xid8;
  UPDATE hms.removed_changes SET xid = (xid::text::bigint + 10000000000)::text::xid8;
  ALTER TABLE hms.changes ENABLE TRIGGER ALL; ALTER TABLE hms.removed_changes ENABLE TRIGGER ALL`;

describe('a database that was restored from a dump into a server whose counter is behind', () => {
  it('is refused at the start, with the remedy', async () => {
    const service = await startApp();
    try {
      await service.request('POST', '/api/policies', { body: { id: 'a', title: 'First' } });
      const pool = superuserPool(service.databases.names.policy);
      await pool.query(fromTheFuture);
      await pool.end();
      const output = await start(service.databases, service.dataDirectory);
      // One sentence, and nothing of the frameworks.
      expect(output).toMatch(
        /^PolicyDB holds changes of transaction 1\d{10}, but its server is only at \d+: .* Run npm run audit:rebase, and start again\.\n$/,
      );
    } finally {
      await service.close();
    }
  });

  it('is put right with all that was signed, what was removed included', async () => {
    const log = await AuditFixture.create();
    const databases = await createDatabases();
    try {
      await log.superuser.query(`INSERT INTO policies (agency, id, title)
        SELECT 'hhs', 'n' || n, 'First' FROM generate_series(0, 1099) n`);
      await log.change('n0', 'Second');
      await log.change('n1', 'Second');
      await log.sign();
      await log.retain(await log.now());
      await log.superuser.query(fromTheFuture);
      expect((await log.verify()).findings).not.toEqual([]);
      const policy = log.addresses();
      const addresses = { policy, market: databases.addresses.market };
      const command = ['dist/tools/audit-rebase.js'];
      const env = {
        PATH: process.env['PATH'],
        AUDIT_DIRECTORY: log.directory,
        ...databaseVariables(addresses),
      };
      const output = await new Promise<string>((resolve) =>
        execFile(process.execPath, command, { env }, (_error, out, errors) => resolve(out + errors)),
      );
      expect(output).toBe(
        'policy: 1102 entries have new places, in the order that they had.\nmarket: nothing to do.\n',
      );
      expect(await log.verify()).toEqual({ findings: [], entries: 1102, removed: 2, covered: 1102 });
      await log.change('n2', 'Second');
      expect(await log.sign()).toBe(1103);
      expect(await log.verify()).toMatchObject({ findings: [], covered: 1103 });
      expect(await log.verifyExport()).toMatchObject({ code: 0 });
      const key = { resource: 'policies', agency: 'hhs', id: 'n2', version: 2 };
      await expect(log.prover().prove(key)).resolves.toMatchObject({ leafIndex: 1102 });
      await expect(log.superuser.query('UPDATE hms.changes SET seq = DEFAULT')).rejects.toMatchObject({
        code: 'HM006',
      });
    } finally {
      await log.drop();
      await databases.drop();
    }
  });
});

/** Starts the service on databases that it will refuse; gives what it says. */
function start(databases: TestDatabases, dataDirectory: string): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'test',
    PORT: '0',
    LOG_LEVEL: 'warn',
    DATA_DIR: dataDirectory,
    ...databaseVariables(databases.addresses),
  };
  return new Promise((resolve) =>
    execFile(process.execPath, ['dist/main.js'], { env }, (_error, out, errors) => resolve(out + errors)),
  );
}
