import type { RequestContext } from '../../src/platform/auth/request-context.js';
import { recordsToken } from '../../src/platform/records/inject-records.decorator.js';
import type { RecordStore } from '../../src/platform/records/record-store.js';
import { Policy } from '../../src/policy/policy.entity.js';
import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';

describe('RecordStore.transaction', () => {
  let service: TestApp;
  let store: RecordStore<Policy>;
  const context: RequestContext = {
    caller: { subject: 'ada', agency: 'hhs', scopes: new Set<string>(), kind: 'person' },
    requestId: 'r-1',
    route: 'POST /api/policies:merge',
    address: '127.0.0.1',
    reason: 'merged by hand',
  };

  beforeAll(async () => {
    service = await startApp();
    store = service.app.get<RecordStore<Policy>>(recordsToken(Policy), { strict: false });
  });

  afterAll(() => service?.close());

  async function changes(): Promise<unknown[]> {
    const pool = superuserPool(service.databases.names.policy);
    const { rows } = await pool.query<Record<string, unknown>>(
      `SELECT record_id, version, actor, context::json ->> 'reason' AS reason FROM hms.changes ORDER BY record_id, version`,
    );
    await pool.end();
    return rows;
  }

  it('records what a module does with the entity manager as the caller’s, all or nothing', async () => {
    await store.transaction(context, async (manager) => {
      await manager.insert(Policy, { agency: 'hhs', id: 'a', title: 'One' });
      await manager.insert(Policy, { agency: 'hhs', id: 'b', title: 'Two' });
      await manager.update(Policy, { agency: 'hhs', id: 'a' }, { title: 'Three' });
    });
    const made = [
      { record_id: 'a', version: 1, actor: 'ada', reason: 'merged by hand' },
      { record_id: 'a', version: 2, actor: 'ada', reason: 'merged by hand' },
      { record_id: 'b', version: 1, actor: 'ada', reason: 'merged by hand' },
    ];
    expect(await changes()).toEqual(made);
    await expect(
      store.transaction(context, async (manager) => {
        await manager.insert(Policy, { agency: 'hhs', id: 'c', title: 'Four' });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await changes()).toEqual(made);
  });

  it('refuses records of another agency', async () => {
    await expect(
      store.transaction(context, (manager) =>
        manager.insert(Policy, { agency: 'epa', id: 'd', title: 'Five' }),
      ),
    ).rejects.toMatchObject({ code: 'HM005' });
  });
});
