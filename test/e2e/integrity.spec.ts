import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { execFile } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';
import { portOf } from '../support/port-of.js';
import { databaseVariables } from '../support/service-process.js';

type Finding = { kind: string; resource: string; id: string; version: number };
type Part = {
  checked: number;
  findings: Finding[];
  nextCursor: string | null;
  logs: { database: string; state: string; size: number | null }[];
};

const read = { scopes: ['audit:read'] };

describe('the integrity of the logs', () => {
  let service: TestApp;
  let witness: Server;
  let status = 503;
  const witnessed: string[] = [];

  const write = async (id: string, agency = 'hhs') => {
    await service.request('POST', '/api/policies', { agency, body: { id, title: 'One' } });
    await service.request('PUT', `/api/policies/${id}`, { agency, body: { title: 'Two' } });
  };
  const prove = (path: string, agency = 'hhs') => service.request('GET', path, { ...read, agency });
  const verifyPart = async (query = '', agency = 'hhs') =>
    (await service.request('GET', `/api/audit/verify${query}`, { agency, scopes: ['audit:verify'] }))
      .body as unknown as Part;
  const tool = (name: string, ...args: string[]) =>
    new Promise<{ code: number; output: string; errors: string }>((resolve) => {
      const command = [`dist/tools/${name}.js`, ...args];
      const env = {
        PATH: process.env['PATH'],
        DATA_DIR: service.dataDirectory,
        ...databaseVariables(service.databases.addresses),
      };
      const child = execFile(process.execPath, command, { env }, (_error, output, errors) =>
        resolve({ code: child.exitCode ?? -1, output, errors }),
      );
    });

  beforeAll(async () => {
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const note = await text(request);
      if (status === 200) witnessed.push(note);
      response.writeHead(status).end();
    };
    witness = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
    await once(witness, 'listening');
    service = await startApp({
      AUDIT_CHECKPOINT_INTERVAL: '1',
      AUDIT_WITNESS_URL: `http://127.0.0.1:${portOf(witness)}/`,
    });
    await write('a');
    await write('b');
    await write('theirs', 'epa');
    await service.request('POST', '/api/market/items', {
      body: { id: 'i', name: 'One', category: 'home', provider: { name: 'North' } },
    });
    await until('the versions are signed', async () => {
      const answers = await Promise.all([
        prove('/api/policies/theirs/versions/2/proof', 'epa'),
        prove('/api/market/items/i/versions/1/proof'),
      ]);
      return answers.every((answer) => answer.status === 200);
    });
  });

  afterAll(async () => {
    await service?.close();
    witness?.close();
  });

  it('proves versions of any resource to their agency, and to no other', async () => {
    expect(await prove('/api/market/items/i/versions/1/proof')).toMatchObject({
      status: 200,
      body: { leafIndex: 0, path: [], entry: { resource: 'items', id: 'i', version: 1 } },
    });
    const own = await prove('/api/policies/a/versions/2/proof');
    expect(own.headers.get('cache-control')).toBe('no-store');
    expect(own.body).toMatchObject({ leafIndex: 1, entry: { agency: 'hhs', actor: 'tester', version: 2 } });
    const foreign = await prove('/api/policies/a/versions/2/proof', 'epa');
    const missing = await prove('/api/policies/nowhere/versions/2/proof', 'epa');
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    expect(foreign.body['detail']).toBe(String(missing.body['detail']).replace('nowhere', 'a'));
  });

  it('says that a version is not signed yet', async () => {
    const late = superuserPool(service.databases.names.policy);
    const client = await late.connect();
    try {
      // While it is open, nothing that is written after it is signed.
      await client.query('BEGIN');
      await client.query(`INSERT INTO policies (agency, id, title) VALUES ('hhs', 'late', 'x')`);
      await write('early');
      expect(await prove('/api/policies/early/versions/1/proof')).toMatchObject({
        status: 409,
        body: { code: 'not-checkpointed' },
      });
      await client.query('ROLLBACK');
    } finally {
      client.release();
      await late.end();
    }
  });

  it('wants a scope of its own for each', async () => {
    for (const [path, scope] of [
      ['/api/policies/a/versions/1/proof', 'audit:read'],
      ['/api/audit/checkpoints', 'audit:read'],
      ['/api/audit/verify', 'audit:verify'],
    ] as const) {
      expect((await service.request('GET', path)).status).toBe(403);
      expect((await service.request('GET', path, { scopes: [scope] })).status).toBe(200);
    }
  });

  it('gives the last checkpoints and the key, with which the witness has them', async () => {
    status = 200;
    await write('seen');
    await until('the witness has a checkpoint', () => witnessed.length > 0);
    const { body } = await service.request('GET', '/api/audit/checkpoints', read);
    const items = body['items'] as { database: string; checkpoint: string; publicKey: string }[];
    expect(items.map(({ database }) => database)).toEqual(['policy', 'market']);
    expect(items[0]?.checkpoint).toMatch(/^hms\/policy\/[0-9a-f]{32}\n\d+\n/);
    expect(items[0]?.publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    await until('the witness has the last one', async () => {
      const latest = await service.request('GET', '/api/audit/checkpoints', read);
      return witnessed.includes(String((latest.body['items'] as typeof items)[0]?.checkpoint));
    });
  });

  it('prints the key, exports the log and verifies it by command', async () => {
    const { body } = await service.request('GET', '/api/audit/checkpoints', read);
    const [item] = body['items'] as { publicKey: string }[];
    expect(await tool('audit-public-key')).toEqual({ code: 0, output: item?.publicKey, errors: '' });
    const exported = await tool('audit-export', 'market');
    expect(exported.code).toBe(0);
    const lines = exported.output.trim().split('\n');
    const kinds = lines.flatMap((line) => Object.keys(JSON.parse(line) as object));
    expect(kinds.filter((kind) => kind === 'entry')).toHaveLength(1);
    expect(kinds.at(-1)).toBe('checkpoint');
    const verified = await tool('audit-verify');
    expect(verified).toMatchObject({ code: 0, errors: '' });
    expect(verified.output).toMatch(
      /^policy: nothing is wrong; \d+ entries, .* entries\/s\)\nmarket: nothing/,
    );
    expect((await tool('audit-export', 'elsewhere')).errors).toMatch(/^There is no database elsewhere/);
  });

  it('verifies an agency’s records part by part, and tells nothing of another agency', async () => {
    const whole = await verifyPart();
    expect(whole).toMatchObject({ findings: [], nextCursor: null });
    expect(whole.logs).toMatchObject([
      { database: 'policy', state: 'consistent' },
      { database: 'market', state: 'consistent', size: 1 },
    ]);
    let part = await verifyPart('?limit=1');
    let checked = part.checked;
    while (part.nextCursor !== null) {
      part = await verifyPart(`?limit=3&cursor=${part.nextCursor}`);
      checked += part.checked;
      expect(part.checked).toBeLessThanOrEqual(3);
    }
    expect(checked).toBe(whole.checked);
    const pool = superuserPool(service.databases.names.policy);
    await pool.query(
      `ALTER TABLE hms.changes DISABLE TRIGGER ALL; UPDATE hms.changes SET actor = 'x' WHERE record_id = 'a' AND version = 1;
       ALTER TABLE policies DISABLE TRIGGER ALL; UPDATE policies SET title = 'Other' WHERE id = 'b'`,
    );
    await pool.end();
    expect((await verifyPart()).findings).toMatchObject([
      { kind: 'hash', resource: 'policies', id: 'a', version: 1 },
      { kind: 'document', resource: 'policies', id: 'b', version: 2 },
    ]);
    expect((await verifyPart('', 'epa')).findings).toEqual([]);
    for (const query of ['?cursor=forged', '?limit=0', '?colour=red'])
      expect(
        await service.request('GET', `/api/audit/verify${query}`, { scopes: ['audit:verify'] }),
      ).toMatchObject({ status: 400 });
    const found = await tool('audit-verify', 'policy');
    expect(found.code).toBe(1);
    expect(found.output).toMatch(/^policy: hash: policies hhs\/a version 1 \(seq \d+\): /);
  });

  it('says that a log is not what was signed', async () => {
    const pool = superuserPool(service.databases.names.market);
    await pool.query('ALTER TABLE hms.changes DISABLE TRIGGER ALL; DELETE FROM hms.changes');
    await pool.end();
    const { logs } = await verifyPart();
    expect(logs[1]).toMatchObject({ database: 'market', state: 'inconsistent' });
  });
});
