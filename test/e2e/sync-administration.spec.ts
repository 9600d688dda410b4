import { Pool } from 'pg';
import { statusStatement } from '../../src/platform/sync/status/target-status-reader.js';
import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';
import { Receiver } from '../support/receiver.js';
import { secret } from '../support/sync-fixture.js';

type Item = Record<string, unknown>;

const operator = { scopes: ['sync:admin', 'platform:sync'] };

/** The service, whose receiver refuses version 1 of records that are called poison-something. */
describe('the administration of deliveries', () => {
  let service: TestApp;
  let receiver: Receiver;
  let database: Pool;
  let target: number;
  let healed: boolean;

  beforeEach(async () => {
    receiver = await Receiver.start();
    healed = false;
    receiver.script = ({ record, version }) =>
      !healed && record.includes('/poison') && version === 1
        ? { status: 422, body: 'too sweet' }
        : { status: 204 };
    service = await startApp({ SYNC_URL: receiver.url, SYNC_SECRET: secret });
    database = superuserPool(service.databases.names.policy);
    const { rows } = await database.query<{ id: number }>('SELECT id FROM hms.sync_targets');
    target = rows[0]?.id ?? 0;
  });

  afterEach(async () => {
    await service?.close();
    await database.end();
    await receiver.down();
  });

  /** Has records refused until they are dead letters, one after another, each with two versions more. */
  async function bury(...records: string[]): Promise<void> {
    for (const id of records) {
      const { status } = await service.request('POST', '/api/policies', { body: { id, title: 'One' } });
      expect(status).toBe(201);
      await until(`${id} is hastened`, async () => {
        const { rowCount } = await database.query(
          `UPDATE hms.sync_cursors SET attempts = 7, due_at = now()
           WHERE record_id = $1 AND claim IS NULL AND attempts > 0 AND held_at IS NULL`,
          [id],
        );
        return (rowCount ?? 0) > 0;
      });
      await until(`${id} is held`, async () => {
        const { rows } = await database.query(
          'SELECT FROM hms.sync_cursors WHERE record_id = $1 AND held_at IS NOT NULL',
          [id],
        );
        return rows.length > 0;
      });
      for (const title of ['Two', 'Three'])
        await service.request('PUT', `/api/policies/${id}`, { body: { title } });
    }
    await until('their attempts are written', async () => {
      const { rows } = await database.query("SELECT FROM hms.sync_attempts WHERE outcome = 'held'");
      return rows.length >= records.length;
    });
  }

  async function list(path: string, options: object = operator): Promise<Item[]> {
    const { status, body } = await service.request('GET', path, options);
    expect(status).toBe(200);
    return body['items'] as Item[];
  }

  const act = (action: string, body: object, options: object = operator) =>
    service.request('POST', `/api/sync/policies/dead-letters:${action}`, { ...options, body });

  const caughtUp = (): Promise<void> =>
    until('all is delivered', async () => {
      const { rows } = await database.query('SELECT FROM hms.sync_cursors WHERE pending_since IS NOT NULL');
      return rows.length === 0;
    });

  it('lists dead letters page by page, to those who may see the target', async () => {
    for (const id of ['poison1', 'poison2', 'poison3']) {
      await bury(id);
      // Without a success between them, the refusals would be blamed on the target.
      await service.request('POST', '/api/policies', { body: { id: `after-${id}`, title: 'One' } });
      await until('it is taken', () => receiver.versionsOf(`policies/hhs/after-${id}`).length === 1);
    }
    const [first] = await list('/api/sync/policies/dead-letters');
    expect(first).toEqual({
      target,
      agency: 'hhs',
      recordId: 'poison1',
      version: 1,
      latestVersion: 3,
      heldSince: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/) as string,
      attempts: 8,
      status: 422,
      error: 'HTTP 422',
      answer: 'too sweet',
    });
    const ids: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = `limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body, headers } = await service.request(
        'GET',
        `/api/sync/policies/dead-letters?${query}`,
        operator,
      );
      ids.push(...(body['items'] as Item[]).map(({ recordId }) => recordId));
      cursor = (body['page'] as { nextCursor: string | null }).nextCursor;
      expect(headers.get('link') !== null).toBe(cursor !== null);
    }
    expect(ids).toEqual(['poison1', 'poison2', 'poison3']);
    expect(
      await list(`/api/sync/policies/dead-letters?target=${target}&status=422&error=HTTP%20422`),
    ).toHaveLength(3);
    expect(await list('/api/sync/policies/dead-letters?status=400')).toEqual([]);
    expect(await list('/api/sync/items/dead-letters')).toEqual([]);

    // The target is one of all agencies: an agency's own administrator does not see it.
    const own = { scopes: ['sync:admin'] };
    expect(await list('/api/sync/policies/dead-letters', own)).toEqual([]);
    for (const path of ['attempts', 'status'])
      expect((await service.request('GET', `/api/sync/policies/targets/${target}/${path}`, own)).status).toBe(
        404,
      );
    expect((await act('retry', { target }, own)).status).toBe(404);
    await database.query("UPDATE hms.sync_targets SET agency = 'hhs' WHERE id = $1", [target]);
    expect(await list('/api/sync/policies/dead-letters', own)).toHaveLength(3);
    expect(await list('/api/sync/policies/dead-letters', { ...own, agency: 'va' })).toEqual([]);
    for (const scopes of [['policies:read'], ['platform:sync']])
      expect((await service.request('GET', '/api/sync/policies/dead-letters', { scopes })).status).toBe(403);
    for (const [path, status] of [
      ['/api/sync/nothing/dead-letters', 404],
      ['/api/sync/policies/targets/x/status', 404],
      ['/api/sync/policies/dead-letters?cursor=WyJ4Il0', 400],
      ['/api/sync/policies/dead-letters?status=seven', 400],
    ] as const)
      expect([path, (await service.request('GET', path, operator)).status]).toEqual([path, status]);
  });

  it('delivers the versions of a dead letter in order when it is retried, and records who did it', async () => {
    await bury('poison1', 'poison2');
    healed = true;
    expect((await act('retry', { target, recordIds: ['poison1'] })).body).toEqual({
      count: 1,
      remaining: false,
    });
    await until('poison1 is delivered', () => receiver.accepted.length === 3);
    expect(receiver.accepted.map(({ record, version }) => `${record} ${version}`)).toEqual([
      'policies/hhs/poison1 1',
      'policies/hhs/poison1 2',
      'policies/hhs/poison1 3',
    ]);
    expect((await act('retry', { target, status: 500 })).body).toEqual({ count: 0, remaining: false });
    expect((await act('retry', { target })).body).toEqual({ count: 1, remaining: false });
    await caughtUp();
    const entries = await list('/api/audit?action=sync.dead-letter', { scopes: ['audit:read'] }).catch(
      () => [],
    );
    expect(entries).toEqual([]);
    const { rows } = await database.query<Item>(
      "SELECT action, resource, record_id, agency, actor, context FROM hms.security_events WHERE action LIKE 'sync.%' ORDER BY seq",
    );
    expect(rows).toMatchObject([
      {
        action: 'sync.dead-letter.retried',
        resource: 'policies',
        record_id: 'poison1',
        agency: 'hhs',
        actor: 'tester',
      },
      { action: 'sync.dead-letter.retried', record_id: 'poison2' },
    ]);
  });

  it('passes over the refused version of a dead letter when it is skipped, for a reason that is recorded', async () => {
    await bury('poison1');
    const refused = await act('skip', { target });
    expect([refused.status, refused.body['errors']]).toMatchObject([422, [{ pointer: '/reason' }]]);
    expect((await act('skip', { target, reason: 'ticket 4711' })).body).toEqual({
      count: 1,
      remaining: false,
    });
    await caughtUp();
    expect(receiver.accepted.map(({ version }) => version)).toEqual([2, 3]);
    const { rows } = await database.query<{ context: string }>(
      "SELECT context FROM hms.security_events WHERE action = 'sync.dead-letter.skipped'",
    );
    expect(rows.map(({ context }) => (JSON.parse(context) as Item)['reason'])).toEqual([
      `target ${target} (environment), version 1: ticket 4711`,
    ]);
  });

  it('waits for a dead letter that a writer holds, and says if it is left', async () => {
    await bury('poison1', 'poison2');
    const writer = await database.connect();
    await writer.query("BEGIN; SELECT FROM hms.sync_cursors WHERE record_id = 'poison1' FOR UPDATE");
    const retried = act('retry', { target });
    await until('the other is released', async () => {
      const { rows } = await database.query(
        "SELECT FROM hms.sync_cursors WHERE record_id = 'poison2' AND held_at IS NULL",
      );
      return rows.length > 0;
    });
    await writer.query('COMMIT');
    writer.release();
    expect((await retried).body).toEqual({ count: 2, remaining: false });
  });

  it('tells how a target stands, and what was tried', async () => {
    await bury('poison1');
    await service.request('POST', '/api/policies', { body: { id: 'p1', title: 'One' } });
    const attempts = `/api/sync/policies/targets/${target}/attempts`;
    await until('both are in the log', async () => (await list(attempts)).length === 3);
    expect(await list(attempts)).toMatchObject([
      { recordId: 'p1', version: 1, outcome: 'delivered', status: 204, error: null, answer: null },
      {
        recordId: 'poison1',
        version: 1,
        outcome: 'held',
        status: 422,
        error: 'HTTP 422',
        answer: 'too sweet',
      },
      { recordId: 'poison1', version: 1, outcome: 'failed', status: 422 },
    ]);
    expect(await list(`${attempts}?recordId=poison1`)).toHaveLength(2);
    expect(await list(`${attempts}?recordId=poison1&agency=va`)).toEqual([]);
    expect(await list(`${attempts}?outcome=held`)).toHaveLength(1);
    const { body } = await service.request('GET', `${attempts}?limit=2`, operator);
    const next = String((body['page'] as Item)['nextCursor']);
    expect(await list(`${attempts}?limit=2&cursor=${next}`)).toHaveLength(1);

    const status = await service.request('GET', `/api/sync/policies/targets/${target}/status`, operator);
    expect(status.body).toEqual({
      paused: false,
      detached: false,
      problem: null,
      undelivered: { count: 1, more: false },
      backingOff: { count: 0, more: false },
      held: { count: 1, more: false },
      oldestUndelivered: expect.any(Number) as number,
      breaker: { state: 'closed', reason: null, since: null, nextProbeAt: null, quietUntil: null },
      lastSuccess: { at: expect.any(String) as string, status: 204, error: null },
      lastAttempt: { at: expect.any(String) as string, status: 204, error: null },
      lastMinute: { delivered: 1, failed: 2, complete: true },
      lastHour: { delivered: 1, failed: 2, complete: true },
    });
  });

  it('reads the status from indexes alone, whatever the length of the backlog', async () => {
    await database.query(
      `INSERT INTO hms.sync_cursors (target_id, agency, record_id, latest_version, pending_since, due_at, held_at)
       SELECT 1 + n % 20, 'hhs', 'r' || n, 1, now(), CASE WHEN n % 3 > 0 THEN now() + interval '1 h' END,
         CASE WHEN n % 3 = 0 THEN now() END FROM generate_series(1, 60000) n`,
    );
    await database.query(
      `INSERT INTO hms.sync_attempts (target_id, agency, record_id, version, outcome, duration)
       SELECT 1 + n % 20, 'hhs', 'r' || n, 1, 'delivered', 1 FROM generate_series(1, 60000) n`,
    );
    await database.query('VACUUM ANALYZE hms.sync_cursors, hms.sync_attempts');
    const { rows } = await database.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN ${statusStatement.replaceAll('$1', '7').replaceAll('$2', '10000')}`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).not.toMatch(/Seq Scan on sync_(cursors|attempts)/);
    for (const index of ['pending', 'due', 'held']) expect(plan).toContain(`sync_cursors_${index}`);
    expect(plan).toContain('sync_attempts_of_target');
  });
});
