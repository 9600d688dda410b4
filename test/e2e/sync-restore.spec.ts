import { randomBytes } from 'node:crypto';
import { until } from '../support/gate.js';
import { SyncFixture } from '../support/sync-fixture.js';

/** What docs/operations.md says to run in a database that was restored, before the service starts again. */
const procedure = `
  SELECT setval(pg_get_serial_sequence('hms.sync_jobs', 'id'), extract(epoch FROM now())::bigint);
  UPDATE hms.sync_jobs SET state = 'cancelled', finished_at = now() WHERE state = 'running';
  INSERT INTO hms.sync_jobs (target_id, kind) SELECT id, 'resync' FROM hms.sync_targets WHERE NOT detached;`;

describe('after a database was restored from a backup', () => {
  let sync: SyncFixture;
  let backup: string;

  beforeEach(async () => {
    sync = await SyncFixture.start();
    backup = `backup_${randomBytes(4).toString('hex')}`;
  });

  afterEach(async () => {
    await sync.end();
    await sync.administer(`DROP DATABASE IF EXISTS ${backup}`);
  });

  const held = (): Map<string, string> => {
    const state = new Map<string, { version: number; data: string }>();
    for (const { record, version, resync, body } of sync.receiver.accepted)
      if (resync || version > (state.get(record)?.version ?? 0))
        state.set(record, { version, data: String(body).slice(String(body).indexOf('"data":') + 7, -1) });
    return new Map([...state].map(([record, { data }]) => [record, data]));
  };
  const stored = async (): Promise<Map<string, string>> => {
    const { rows } = await sync.superuser.query<{ record: string; document: string }>(
      "SELECT 'policies/' || agency || '/' || id AS record, hms.policies_document(p)::text AS document FROM policies p",
    );
    return new Map(rows.map(({ record, document }) => [record, document]));
  };

  it('a resync brings a receiver in line that has versions the database no longer has', async () => {
    const first = await sync.engine({ lease: 2_000, timeout: 500 });
    for (const id of ['changed', 'deleted', 'untouched', 'changed-again']) await sync.create(id);
    await sync.caughtUp();
    await first.stop();
    await sync.copy(backup);
    const second = await sync.engine({ lease: 2_000, timeout: 500 });
    for (let n = 0; n < 3; n += 1) for (const id of ['changed', 'changed-again']) await sync.update(id);
    await sync.owner.query("UPDATE policies SET deleted_at = now() WHERE id = 'deleted'");
    await sync.create('lost');
    await sync.caughtUp();
    await second.stop();

    await sync.putBack(backup);
    expect(held()).not.toEqual(await stored());
    await sync.superuser.query(procedure);
    await sync.engine({ lease: 2_000, timeout: 500 });
    // Changes that are given version numbers the receiver already has, before the resync and after it.
    await sync.owner.query("UPDATE policies SET title = 'after the restore' WHERE id = 'changed-again'");
    await until('the resync has ended', async () => {
      const { rowCount } = await sync.superuser.query("SELECT FROM hms.sync_jobs WHERE state = 'running'");
      return rowCount === 0;
    });
    await sync.owner.query("UPDATE policies SET title = 'another' WHERE id IN ('changed', 'changed-again')");
    await sync.caughtUp();

    const receiver = held();
    // What was made after the backup is in no manifest, so the receiver drops it.
    expect(receiver.delete('policies/hhs/lost')).toBe(true);
    expect(receiver).toEqual(await stored());
    const ids = sync.receiver.accepted
      .filter(({ resync }) => resync)
      .map(({ headers }) => String(headers['webhook-id']));
    expect(ids.length).toBeGreaterThanOrEqual(4);
    // A job of an earlier restore of the same backup would have had a small number, and the same ids.
    for (const id of ids) expect(Number(/_r(\d+)$/.exec(id)?.[1])).toBeGreaterThan(1_000_000_000);
  });
});
