import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Pool } from 'pg';
import { type Answer, startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { gate, until } from '../support/gate.js';
import { portOf } from '../support/port-of.js';
import { databaseVariables } from '../support/service-process.js';

const command = 'dist/tools/audit-retain.js';

type Part = { findings: unknown[]; checked: number; logs: { state: string }[] };

describe('removing old versions', () => {
  let service: TestApp;
  let policies: Pool;
  /** Before which everything is old. */
  let cut: string;

  const environment = (variables: Record<string, string> = {}) => ({
    PATH: process.env['PATH'],
    DATA_DIR: service.dataDirectory,
    ...databaseVariables(service.databases.addresses),
    ...variables,
  });
  const retain = (...args: string[]) => run(args, environment());
  const verify = async (agency = 'hhs') =>
    (await service.request('GET', '/api/audit/verify', { agency, scopes: ['audit:verify'] }))
      .body as unknown as Part;
  const trail = async (query: string) =>
    (await service.request('GET', `/api/audit?${query}`, { scopes: ['audit:read', 'platform:audit'] })).body[
      'items'
    ] as Record<string, unknown>[];
  const asOf = (path: string, instant: string) =>
    service.request('GET', `${path}${path.includes('?') ? '&' : '?'}asOf=${encodeURIComponent(instant)}`);
  const put = (id: string, title: string) =>
    service.request('PUT', `/api/policies/${id}`, { body: { title } });
  const versionsOf = async (table: string, id: string) => {
    const pool = table === 'items' ? superuserPool(service.databases.names.market) : policies;
    const { rows } = await pool.query<{ version: number }>(
      'SELECT version FROM hms.changes WHERE resource = $1 AND record_id = $2 ORDER BY version',
      [table, id],
    );
    if (pool !== policies) await pool.end();
    return rows.map(({ version }) => version);
  };
  /** Waits until everything is under a checkpoint. */
  const signed = (id: string, version: number) =>
    until('the version is signed', async () => {
      const path = `/api/policies/${id}/versions/${version}/proof`;
      return (await service.request('GET', path, { scopes: ['audit:read'] })).status === 200;
    });

  beforeEach(async () => {
    service = await startApp({ AUDIT_CHECKPOINT_INTERVAL: '1' });
    policies = superuserPool(service.databases.names.policy);
  });

  afterEach(async () => {
    await policies.end();
    await service.close();
  });

  const now = async (): Promise<string> => {
    const { rows } = await policies.query<{ now: string }>(
      `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS now`,
    );
    return rows[0]?.now ?? '';
  };
  /** A record with versions 1 to 3 before the cut, and a fourth after it. */
  const makeHistory = async (): Promise<Answer[]> => {
    const answers = [
      await service.request('POST', '/api/policies', { body: { id: 'a', title: 'First' } }),
      await put('a', 'Second'),
      await put('a', 'Third'),
    ];
    await service.request('POST', '/api/market/items', {
      body: { id: 'i', name: 'One', category: 'home', provider: { name: 'North' } },
    });
    await service.request('PUT', '/api/market/items/i', { body: { name: 'Two' } });
    await new Promise((resolve) => setTimeout(resolve, 2));
    cut = await now();
    answers.push(await put('a', 'Fourth'));
    await signed('a', 4);
    return answers;
  };
  const instantOf = (answer: Answer | undefined): string => String(answer?.body['updatedAt']);

  it('says what it would remove, removes it when told to, and records that in the trail', async () => {
    await makeHistory();
    const dry = await retain('--before', cut);
    expect(dry).toEqual({
      code: 0,
      output: expect.stringMatching(
        /^policies: 2 versions of 1 records would be removed\.\nitems: 1 versions of 1 records would be removed\.\nsecurity-events: \d+ would be removed\.\n$/,
      ) as string,
      errors: '',
    });
    expect(await versionsOf('policies', 'a')).toEqual([1, 2, 3, 4]);
    expect(await run(['--resource', 'policies'], { ...environment(), AUDIT_RETENTION: '1' })).toMatchObject({
      code: 0,
      output: 'policies: 0 versions of 0 records would be removed.\n',
    });
    expect(await retain('--before', cut, '--resource', 'policies', '--apply')).toEqual({
      code: 0,
      output: 'policies: 2 versions removed.\n',
      errors: '',
    });
    expect([await versionsOf('policies', 'a'), await versionsOf('items', 'i')]).toEqual([
      [3, 4],
      [1, 2],
    ]);
    await retain('--before', cut, '--resource', 'items', '--apply');
    expect(await trail('action=changes.removed')).toMatchObject([
      { resource: 'items', agency: 'hhs' },
      {
        action: 'changes.removed',
        outcome: 'success',
        actor: 'login:hms_owner',
        login: 'hms_owner',
        resource: 'policies',
        agency: 'hhs',
        reason: `Retention 1: 2 versions that newer ones had replaced before ${cut}.`,
      },
    ]);
    expect((await trail('record=a')).map(({ version }) => version)).toEqual([4, 3]);
    expect(await verify()).toMatchObject({ findings: [], logs: [{ state: 'consistent' }, {}] });
  });

  it('answers 410 for what was removed, and 404 only for what never was', async () => {
    const [first, second, third, fourth] = await makeHistory();
    await retain('--before', cut, '--apply');
    const status = async (path: string, method = 'GET') => (await service.request(method, path)).status;
    const removed = await service.request('GET', '/api/policies/a/versions/2');
    expect(removed).toMatchObject({
      status: 410,
      body: {
        code: 'removed',
        detail: 'Version 2 of the policy with the id a was removed under retention 1.',
      },
    });
    expect(await status('/api/policies/a/versions/3')).toBe(200);
    expect(await status('/api/policies/a/versions/5')).toBe(404);
    expect(await status('/api/policies/b/versions/1')).toBe(404);
    expect(await status('/api/policies/a/versions/3/diff')).toBe(410);
    expect(await status('/api/policies/a/versions/4/diff?against=1')).toBe(410);
    expect(await status('/api/policies/a/versions/4/diff')).toBe(200);
    expect(await status('/api/policies/a/versions/2/restore', 'POST')).toBe(410);
    const proof = await service.request('GET', '/api/policies/a/versions/2/proof', {
      scopes: ['audit:read'],
    });
    expect(proof).toMatchObject({ status: 410, body: { code: 'removed' } });
    const list = await service.request('GET', '/api/policies/a/versions');
    expect(list.body['items']).toMatchObject([
      { version: 4, changed: ['title'] },
      { version: 3, changed: null },
    ]);
    for (const path of ['/api/policies/a', '/api/policies', '/api/policies?status=draft']) {
      expect((await asOf(path, cut)).status).toBe(200);
      expect((await asOf(path, instantOf(fourth))).status).toBe(200);
      expect((await asOf(path, instantOf(third))).status).toBe(200);
      expect(await asOf(path, instantOf(second))).toMatchObject({ status: 410, body: { code: 'removed' } });
      expect((await asOf(path, instantOf(first))).status).toBe(410);
    }
    expect((await asOf('/api/policies/a', cut)).body['title']).toBe('Third');
    expect((await asOf('/api/policies/a', '2001-01-01T00:00:00Z')).status).toBe(404);
    expect((await asOf('/api/policies', '2001-01-01T00:00:00Z')).body['items']).toEqual([]);
    expect((await service.request('GET', '/api/policies/a/versions/2', { agency: 'epa' })).status).toBe(404);
    expect((await put('a', 'Fifth')).body['version']).toBe(5);
  });

  it('keeps what an external system has not got yet', async () => {
    await policies.query(`INSERT INTO hms.sync_targets (resource, name, url, paused)
      VALUES ('policies', 'slow', 'http://127.0.0.1:1', true)`);
    await makeHistory();
    await policies.query('UPDATE hms.sync_cursors SET delivered_version = 2');
    expect((await retain('--before', cut, '--apply')).output).toMatch(/^policies: 1 versions removed/);
    expect(await versionsOf('policies', 'a')).toEqual([2, 3, 4]);
    await policies.query('UPDATE hms.sync_cursors SET delivered_version = 4');
    expect((await retain('--before', cut, '--apply')).output).toMatch(/^policies: 1 versions removed/);
    expect(await versionsOf('policies', 'a')).toEqual([3, 4]);
  });

  it('removes security events from before the cut, and leaves one that says so', async () => {
    await service.request('GET', '/api/audit', { scopes: [] });
    await until('the refusal is kept', async () => (await trail('action=access.denied')).length === 1);
    const later = await now();
    const { output } = await retain('--before', later, '--resource', 'security-events', '--apply');
    expect(output).toMatch(/^security-events: [1-9]\d* removed\.\n$/);
    expect(await trail('action=access.denied')).toEqual([]);
    expect(await trail('action=events.removed&agency=hhs')).toMatchObject([
      { actor: 'login:hms_owner', agency: 'hhs', reason: expect.stringContaining(later) as string },
    ]);
    await expect(policies.query('DELETE FROM hms.security_events')).rejects.toMatchObject({ code: 'HM006' });
  });

  it('goes on where it was killed, while the service writes and signs', async () => {
    await policies.query(`INSERT INTO policies (agency, id, title)
      SELECT 'hhs', 'n' || n, 'First' FROM generate_series(1, 2600) n`);
    await policies.query(`UPDATE policies SET title = 'Second'`);
    await policies.query(`UPDATE policies SET title = 'Third'`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    cut = await now();
    await signed('n2600', 3);
    const second = gate();
    const answers: ServerResponse[] = [];
    const witness: Server = createServer((request, response) => {
      request.resume();
      answers.push(response);
      if (answers.length === 1) response.end();
      else second.open();
    }).listen(0, '127.0.0.1');
    await once(witness, 'listening');
    let child: ChildProcess | undefined;
    try {
      child = spawn(process.execPath, [command, '--before', cut, '--resource', 'policies', '--apply'], {
        env: environment({ AUDIT_WITNESS_URL: `http://127.0.0.1:${portOf(witness)}/` }),
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      await Promise.race([second.passed, ended]);
      // In the middle of the second transaction, which has removed the last 200 entries and not committed that.
      await put('n1', 'Fourth');
      await service.request('POST', '/api/policies', { body: { id: 'new', title: 'First' } });
      child.kill('SIGKILL');
      await ended;
    } finally {
      child?.kill('SIGKILL');
      witness.closeAllConnections();
      witness.close();
    }
    await until('its session is over', async () => {
      const { rowCount } = await policies.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'hms-retain'`,
      );
      return rowCount === 0;
    });
    const removed = async () =>
      (await policies.query<{ count: number }>('SELECT count(*)::int AS count FROM hms.removed_changes'))
        .rows[0]?.count;
    expect(await removed()).toBe(5000);
    await signed('new', 1);
    expect((await retain('--before', cut, '--resource', 'policies', '--apply')).output).toBe(
      'policies: 200 versions removed.\n',
    );
    expect(await removed()).toBe(5200);
    expect(await versionsOf('policies', 'n1')).toEqual([3, 4]);
    await put('new', 'Second');
    await signed('new', 2);
    expect(await verify()).toMatchObject({ findings: [], logs: [{ state: 'consistent' }, {}] });
    const found = await new Promise<string>((resolve) =>
      execFile(
        process.execPath,
        ['dist/tools/audit-verify.js', 'policy'],
        { env: environment() },
        (_e, out) => resolve(out),
      ),
    );
    expect(found).toMatch(/^policy: nothing is wrong; 7803 entries, 7803 .*, 5200 removed/);
  }, 180_000);

  it('removes nothing of a log that does not verify', async () => {
    await makeHistory();
    await policies.query(
      `ALTER TABLE hms.changes DISABLE TRIGGER ALL; UPDATE hms.changes SET actor = 'x' WHERE version = 1;
       ALTER TABLE hms.changes ENABLE ALWAYS TRIGGER keep_rows; ALTER TABLE hms.changes ENABLE ALWAYS TRIGGER remove_rows`,
    );
    const { code, errors } = await retain('--before', cut, '--resource', 'policies', '--apply');
    expect(code).toBe(1);
    expect(errors).toMatch(/^Nothing is removed, since the log of policy does not verify \(hash: policies/);
    expect(await versionsOf('policies', 'a')).toEqual([1, 2, 3, 4]);
  });

  it('shows an agency that versions of its own are gone without a signed retention', async () => {
    await makeHistory();
    await service.request('POST', '/api/policies', { agency: 'epa', body: { id: 'a', title: 'Theirs' } });
    await policies.query(
      `BEGIN; SET LOCAL hms.retention = 7; DELETE FROM hms.changes WHERE agency = 'hhs' AND version = 1; COMMIT`,
    );
    expect((await verify()).findings).toMatchObject([
      { kind: 'removed', resource: 'policies', id: 'a', version: 1 },
    ]);
    expect((await verify('epa')).findings).toEqual([]);
  });
});

describe('the command that removes old versions', () => {
  it.each([
    [[], /^--before must be a date/],
    [['--before', '2999-01-01'], /^--before must be in the past/],
    [['--before', '2020-01-01', '--resource', 'wishes'], /^There is no resource wishes; say one of policies/],
    [['--before', '2020-01-01', '--all'], /^Unknown option '--all'/],
  ])('explains what is wrong with %j', async (args, message) => {
    const { code, errors } = await run(args, { PATH: process.env['PATH'] });
    expect({ code, errors }).toEqual({ code: 1, errors: expect.stringMatching(message) as string });
    expect(errors).toContain('Usage: npm run -s audit:retain');
  });
});

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

function run(args: string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [command, ...args], { env }, (_error, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}
