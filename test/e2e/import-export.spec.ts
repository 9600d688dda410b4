import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pool } from 'pg';
import type { RequestContext } from '../../src/platform/auth/request-context.js';
import type { ExportQueryDto } from '../../src/platform/records/export/export.dto.js';
import { startApp, type TestApp } from '../support/app.js';
import type { RecordExport } from '../../src/platform/records/export/record-export.js';
import type { RecordImport } from '../../src/platform/records/import/record-import.js';
import { exportToken, importToken } from '../../src/platform/records/inject-records.decorator.js';
import { Policy } from '../../src/policy/policy.entity.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';

type Summary = {
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
  refusedByCode: Record<string, number>;
  refusals: { line: number; id: string | null; code: string; errors: { pointer: string }[] }[];
};
type Document = Record<string, unknown> & { id: string };

const resources = [
  { name: 'policies', path: '/api/policies', sample: { title: 'One' }, text: 'title' },
  { name: 'items', path: '/api/market/items', sample: { name: 'One' }, text: 'name' },
];

let service: TestApp;

beforeAll(async () => {
  service = await startApp();
});

afterAll(() => service?.close());

const lines = (records: readonly object[]): string =>
  records.map((record) => JSON.stringify(record)).join('\n');
const ndjson = { 'Content-Type': 'application/x-ndjson' };

const send = (body: string, options: { path?: string; agency?: string; query?: string } = {}) =>
  service.request('POST', `${options.path ?? '/api/policies'}:import${options.query ?? ''}`, {
    ...(options.agency && { agency: options.agency }),
    headers: ndjson,
    body,
  });
const summaryOf = ({ body }: { body: unknown }): Summary => body as Summary;

/** Of a request that comes without a client. */
const contextOf = (agency: string, route: string): RequestContext => ({
  caller: { subject: 'ada', agency, scopes: new Set<string>(), kind: 'person' },
  requestId: 'r-1',
  route,
  address: '127.0.0.1',
});

async function exportText(
  path: string,
  query = '',
  agency = 'hhs',
  { subject, accept = '*/*' }: { subject?: string; accept?: string } = {},
) {
  const response = await fetch(`${service.url}${path}:export${query}`, {
    headers: { Authorization: `Bearer ${service.token(agency, undefined, subject)}`, Accept: accept },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
const documentsOf = (text: string): Document[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Document);

describe.each(resources)('import and export of $name', ({ path, sample, text }) => {
  const agency = 'alpha';
  const get = (id: string, of = agency) => service.request('GET', `${path}/${id}`, { agency: of });

  it('takes what it can, line by line, and tells of the rest', async () => {
    const body = [
      JSON.stringify({ ...sample, id: 'one', tags: ['x'] }),
      '',
      '{"id": "broken"',
      JSON.stringify({ ...sample, id: 'two', colour: 'red' }),
      '[]',
      JSON.stringify(sample),
      JSON.stringify({ ...sample, id: 'one' }),
      JSON.stringify({ ...sample, id: 'long', description: 'x'.repeat(1024 * 1024) }),
      JSON.stringify({ ...sample, id: 'last', [text]: 'Last' }),
    ].join('\r\n');
    const answer = await send(body, { path, agency });
    expect(answer.status).toBe(200);
    expect(summaryOf(answer)).toMatchObject({
      created: 2,
      updated: 0,
      unchanged: 0,
      refused: 6,
      refusedByCode: {
        'malformed-request': 1,
        'validation-failed': 3,
        'already-exists': 1,
        'body-too-large': 1,
      },
    });
    expect(
      summaryOf(answer).refusals.map(({ line, code, errors }) => [line, code, errors.map((e) => e.pointer)]),
    ).toEqual([
      [3, 'malformed-request', []],
      [4, 'validation-failed', ['/colour']],
      [5, 'validation-failed', ['']],
      [6, 'validation-failed', ['/id']],
      [7, 'already-exists', []],
      [8, 'body-too-large', []],
    ]);
    expect((await get('one')).body).toMatchObject({ version: 1, tags: ['x'] });
    expect((await get('last')).body).toMatchObject({ [text]: 'Last' });
  });

  it('can be repeated: what was taken is told of, or found unchanged', async () => {
    const records = Array.from({ length: 20 }, (_, n) => ({ ...sample, id: `again-${n}` }));
    expect(summaryOf(await send(lines(records), { path, agency })).created).toBe(20);
    const created = await send(lines(records), { path, agency });
    expect(summaryOf(created)).toMatchObject({ created: 0, refusedByCode: { 'already-exists': 20 } });
    const changed = [
      { ...records[0], description: 'new' },
      ...records.slice(1),
      { ...sample, id: 'again-more' },
    ];
    const upserted = await send(lines(changed), { path, agency, query: '?mode=upsert' });
    expect(summaryOf(upserted)).toMatchObject({ created: 1, updated: 1, unchanged: 19, refused: 0 });
    expect((await get('again-1')).body).toMatchObject({ version: 1 });
    const again = await send(lines(changed), { path, agency, query: '?mode=upsert' });
    expect(summaryOf(again)).toMatchObject({ created: 0, updated: 0, unchanged: 21 });
  });

  it('takes several lines of one record in their order', async () => {
    const steps = ['a', 'b', 'c'].map((description) => ({ ...sample, id: 'stepped', description }));
    const answer = await send(lines(steps), { path, agency, query: '?mode=upsert' });
    expect(summaryOf(answer)).toMatchObject({ created: 1, updated: 2 });
    expect((await get('stepped')).body).toMatchObject({ version: 3, description: 'c' });
  });

  it('exports what it imported, and takes its exports back', async () => {
    await service.request('DELETE', `${path}/stepped`, { agency });
    const first = await exportText(path, '', agency);
    expect(first.headers.get('content-type')).toBe('application/x-ndjson');
    const documents = documentsOf(first.text);
    expect(documents.map(({ id }) => id)).toEqual(documents.map(({ id }) => id).toSorted());
    expect(documents.map(({ id }) => id)).not.toContain('stepped');
    const [one] = documents;
    expect(`${(await get(String(one?.id))).text}\n`).toBe(first.text.slice(0, first.text.indexOf('\n') + 1));
    const back = await send(first.text, { path, agency, query: '?mode=upsert' });
    expect(summaryOf(back)).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: documents.length,
      refused: 0,
    });
    expect((await exportText(path, '', agency)).text).toBe(first.text);
    const content = await exportText(path, '?members=writable', agency);
    expect(summaryOf(await send(content.text, { path, agency: 'beta' }))).toMatchObject({
      created: documents.length,
      refused: 0,
    });
    expect((await exportText(path, '?members=writable', 'beta')).text).toBe(content.text);
    // With the members that only the first agency's records have, they are refused elsewhere.
    expect(summaryOf(await send(first.text, { path, agency: 'gamma' }))).toMatchObject({
      refusedByCode: { 'read-only-member': documents.length },
    });
  });

  it('holds an import to the versions that its lines name', async () => {
    await send(lines([{ ...sample, id: 'based' }]), { path, agency });
    const { body: read } = await get('based');
    await service.request('PUT', `${path}/based`, { agency, body: { description: 'other' } });
    const answer = await send(lines([{ ...read, description: 'mine' }]), {
      path,
      agency,
      query: '?mode=upsert',
    });
    expect(summaryOf(answer).refusals).toMatchObject([{ line: 1, id: 'based', code: 'precondition-failed' }]);
    expect((await get('based')).body).toMatchObject({ description: 'other' });
  });

  it('exports CSV that a spreadsheet does not run', async () => {
    const given = 'csv-agency';
    await send(
      lines([
        {
          ...sample,
          id: 'a',
          [text]: '=1+1',
          description: 'a,b "c"\nd',
          tags: ['x', 'y'],
          customFields: { n: 1 },
        },
        { ...sample, id: 'b', [text]: 'plain' },
      ]),
      { path, agency: given },
    );
    const byFormat = await exportText(path, '?format=csv', given);
    const byAccept = await exportText(path, '', given, { accept: 'text/csv' });
    expect(byAccept.text).toBe(byFormat.text);
    expect(byFormat.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    const [header = '', ...rows] = byFormat.text.split('\r\n');
    expect(header).toMatch(/^id,agency,version,.*,createdAt,updatedAt$/);
    expect(rows[0]).toContain(`,'=1+1,`);
    expect(byFormat.text).toContain('"a,b ""c""\nd"');
    expect(byFormat.text).toContain('"[""x"",""y""]"');
    expect(byFormat.text).toContain('"{""n"":1}"');
    expect(rows.at(-1)).toBe('');
    expect(rows[1]).toMatch(/^b,csv-agency,1,/);
  });

  it('is for the caller’s agency, with the scope to read or to write', async () => {
    const readOnly = { scopes: ['policies:read', 'items:read'] };
    const writeOnly = { scopes: ['policies:write', 'items:write'] };
    expect(
      (await service.request('POST', `${path}:import`, { ...readOnly, headers: ndjson, body: '' })).status,
    ).toBe(403);
    expect((await service.request('GET', `${path}:export`, writeOnly)).status).toBe(403);
    expect((await exportText(path, '', 'empty-agency')).text).toBe('');
    expect((await exportText(path.replace('/api', ''), '', agency)).status).toBe(200);
    const headers = { Authorization: `Bearer ${service.token(agency)}` };
    const head = await fetch(`${service.url}${path}:export`, { method: 'HEAD', headers });
    expect(head.headers.get('content-type')).toBe('application/x-ndjson');
    const whole = await fetch(`${service.url}${path}:export`, { headers });
    await whole.arrayBuffer();
    const named = ['content-length', 'content-encoding', 'content-disposition', 'vary', 'cache-control'];
    expect(named.map((name) => head.headers.get(name))).toEqual(named.map((name) => whole.headers.get(name)));
    expect((await service.request('GET', `${path}:export?colour=red`)).status).toBe(400);
    expect((await service.request('DELETE', `${path}:export`)).status).toBe(405);
  });
});

describe('the stream of an import', () => {
  const path = '/api/policies';
  const record = (id: string): string => `${JSON.stringify({ id, title: id })}\n`;
  const open = (query = '') =>
    httpRequest(`${service.url}${path}:import${query}`, {
      method: 'POST',
      headers: { ...ndjson, Authorization: `Bearer ${service.token('streams')}` },
    });
  const count = async (prefix: string): Promise<number> => {
    const { text } = await exportText(path, '', 'streams');
    return documentsOf(text).filter(({ id }) => id.startsWith(prefix)).length;
  };

  it('is committed in batches, which stay when the client goes away', async () => {
    const client = open();
    client.on('error', () => undefined);
    for (let n = 0; n < 700; n++) client.write(record(`gone-${n}`));
    await until('a batch is committed', async () => (await count('gone-')) > 0);
    client.destroy();
    // Not more than whole batches, then and later.
    expect(await count('gone-')).toBe(500);
    const all = Array.from({ length: 700 }, (_, n) => record(`gone-${n}`)).join('');
    const again = await send(all, { agency: 'streams', query: '?mode=upsert' });
    expect(summaryOf(again)).toMatchObject({ created: 200, unchanged: 500 });
  });

  it('gives other requests their turn while it reads what has come', async () => {
    const records = service.app.get<RecordImport>(importToken(Policy), { strict: false });
    // None of them has an id, so nothing is written: only reading can give way.
    const body = Readable.from([Buffer.from('{}\n'.repeat(1_000))], { objectMode: false });
    let turns = 0;
    let isRead = false;
    const count = (): void => {
      turns += 1;
      if (!isRead) setImmediate(count);
    };
    setImmediate(count);
    const summary = await records.run(contextOf('hhs', 'POST /api/policies:import'), body, 'create');
    isRead = true;
    expect(summary).toMatchObject({ refused: 1_000 });
    expect(turns).toBeGreaterThan(30);
  });

  it('takes no more from the client than it can write', async () => {
    const owner = new Pool({ connectionString: service.databases.addresses.policy.migrationUrl, max: 1 });
    const gate = await owner.connect();
    const client = open();
    // Keys of batches that the gate holds up: the first one waits for the table.
    await gate.query('BEGIN; LOCK TABLE policies IN SHARE MODE');
    let sent = 0;
    const wide = (n: number) =>
      `${JSON.stringify({ id: `held-${n}`, title: 'x', description: 'y'.repeat(19_000) })}\n`;
    // Node says no while its own buffer and the connection's are full.
    while (sent < 2_000 && (client.write(wide(sent++)) || (await drained(client))));
    const held = sent;
    await gate.query('COMMIT');
    gate.release();
    await owner.end();
    expect(held).toBeLessThan(1_200);
    client.end(wide(sent));
    const [response] = (await once(client, 'response')) as [NodeJS.ReadableStream];
    const summary = JSON.parse(await textOf(response)) as Summary;
    expect(summary).toMatchObject({ created: held + 1, refused: 0 });
  });

  describe('whose batches are written two at a time', () => {
    const filler = (name: string, from: number): string[] =>
      Array.from({ length: 498 }, (_, n) => record(`${name}-${from + n}`));
    const line = (members: object): string => `${JSON.stringify({ title: 'x', ...members })}\n`;

    it('comes to what it would come to if they were written one after the other', async () => {
      const agency = 'in-order';
      await send(line({ id: 'has', code: 'HANDED-OVER' }), { agency });
      const body = [
        // What is taken or made last of a batch is what one that is ahead of it would miss.
        ...filler('first', 0),
        line({ id: 'has', code: 'OTHER' }),
        line({ id: 'first', code: 'WANTED' }),
        line({ id: 'gets', code: 'HANDED-OVER' }),
        line({ id: 'second', code: 'WANTED' }),
        ...filler('second', 0),
        line({ id: 'third', supersedes: 'second-497' }),
        line({ id: 'first', title: 'changed' }),
        ...filler('third', 0),
      ];
      const { body: summary } = await send(body.join(''), { agency, query: '?mode=upsert' });
      expect(summary).toMatchObject({
        created: 3 * 498 + 3,
        updated: 2,
        unchanged: 0,
        refused: 1,
        refusals: [{ line: 502, id: 'second', code: 'not-unique' }],
      });
      const read = async (id: string) => (await service.request('GET', `${path}/${id}`, { agency })).body;
      expect(await read('gets')).toMatchObject({ code: 'HANDED-OVER', version: 1 });
      expect(await read('third')).toMatchObject({ supersedes: 'second-497' });
      expect(await read('first')).toMatchObject({ title: 'changed', version: 2 });
    });

    it('stores nothing of a batch if the one before it fails', async () => {
      await send(record('stuck'), { agency: 'streams' });
      const release = await lock('streams', 'stuck');
      const body = [
        ...filler('before', 0),
        '{"id":"stuck","title":"new"}\n',
        record('before'),
        ...filler('after', 0),
      ];
      const answer = await send(body.join(''), { agency: 'streams', query: '?mode=upsert' });
      await release();
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(answer.body['detail']).toContain('Nothing was imported');
      expect([await count('before'), await count('after')]).toEqual([0, 0]);
    });

    it('goes on where the first waits for a lock of the second', async () => {
      const agency = 'crossed';
      await send(record('gate'), { agency });
      const superuser = superuserPool(service.databases.names.policy);
      const release = await lock(agency, 'gate');
      const body = [
        ...filler('m', 0),
        line({ id: 'gate', title: 'changed' }),
        line({ id: 'first', code: 'WANTED' }),
        line({ id: 'second', code: 'WANTED' }),
      ];
      const sent = send(body.join(''), { agency, query: '?mode=upsert' });
      await until('the second is done, and waits for the first', async () => {
        const { rowCount } = await superuser.query(
          `SELECT FROM pg_stat_activity WHERE state = 'idle in transaction' AND usename = 'hms_app'
           AND datname = current_database()`,
        );
        return rowCount === 1;
      });
      await release();
      await superuser.end();
      expect((await sent).body).toMatchObject({
        created: 499,
        updated: 1,
        refused: 1,
        refusals: [{ line: 501, id: 'second', code: 'not-unique' }],
      });
    });
  });

  it('says how far it got when the database gives up', async () => {
    await send(record('locked'), { agency: 'streams' });
    const release = await lock('streams', 'locked');
    const body = [
      ...Array.from({ length: 500 }, (_, n) => record(`far-${n}`)),
      '{"id":"locked","title":"new"}\n',
    ];
    const answer = await send(body.join(''), { agency: 'streams', query: '?mode=upsert' });
    await release();
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(answer.body['detail']).toContain('Lines 1 to 500 are done');
    expect(await count('far-')).toBe(500);
  });

  it('is one of lines of JSON, and no other route takes such', async () => {
    expect(await service.request('POST', `${path}:import`, { body: { id: 'x', title: 'x' } })).toMatchObject({
      status: 415,
      body: { code: 'unsupported-media-type' },
    });
    for (const [method, address] of [
      ['POST', path],
      ['PUT', `${path}/x`],
      ['POST', `${path}:bulk`],
    ] as const)
      expect((await service.request(method, address, { headers: ndjson, body: record('x') })).status).toBe(
        415,
      );
    expect((await service.request('POST', `${path}:import`)).status).toBe(400);
    expect(summaryOf(await send(''))).toMatchObject({ created: 0, refused: 0 });
    expect((await send('', { query: '?mode=replace' })).status).toBe(400);
  });
});

/** Locks a policy. @returns what lets it go */
async function lock(agency: string, id: string): Promise<() => Promise<void>> {
  const pool = superuserPool(service.databases.names.policy);
  const holder = await pool.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM policies WHERE agency = $1 AND id = $2 FOR UPDATE', [agency, id]);
  return async () => {
    await holder.query('COMMIT');
    holder.release();
    await pool.end();
  };
}

/** Waits until a client may write again; false where it waits for half a second in vain. */
async function drained(client: NodeJS.WritableStream): Promise<boolean> {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), 500);
  try {
    await once(client, 'drain', { signal: waiting.signal });
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

async function textOf(stream: AsyncIterable<string | Buffer> | NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

describe('the stream of an export', () => {
  const path = '/api/policies';
  const agency = 'exports';
  const total = 2_000;
  let pool: Pool;

  beforeAll(async () => {
    pool = superuserPool(service.databases.names.policy);
    await pool.query(
      `INSERT INTO policies (agency, id, title, description)
       SELECT $1, 'e' || to_char(n, 'FM00000'), 'Title ' || n, repeat('x', 4500) FROM generate_series(1, $2) n`,
      [agency, total],
    );
  });

  afterAll(() => pool?.end());

  /** An export of which the client has taken the beginning. */
  async function begun(
    query = '',
  ): Promise<{ body: ReadableStreamDefaultReader<Uint8Array>; first: string }> {
    const response = await fetch(`${service.url}${path}:export${query}`, {
      headers: { Authorization: `Bearer ${service.token(agency)}` },
    });
    const body = (response.body as ReadableStream<Uint8Array>).getReader();
    const { value } = await body.read();
    return { body, first: Buffer.from(value ?? []).toString() };
  }

  async function rest({ body, first }: Awaited<ReturnType<typeof begun>>): Promise<string> {
    const chunks = [Buffer.from(first)];
    for (let step = await body.read(); !step.done; step = await body.read())
      chunks.push(Buffer.from(step.value));
    return Buffer.concat(chunks).toString();
  }

  it('is of one moment, whatever is committed while the client takes it', async () => {
    const exporting = await begun();
    await pool.query(
      `UPDATE policies SET title = 'Changed' WHERE agency = $1 AND id >= 'e01900';`.replace(
        '$1',
        `'${agency}'`,
      ),
    );
    await pool.query(`UPDATE policies SET deleted_at = now() WHERE agency = $1 AND id = 'e01950'`, [agency]);
    await pool.query(`INSERT INTO policies (agency, id, title) VALUES ($1, 'zzz', 'New')`, [agency]);
    const documents = documentsOf(await rest(exporting));
    expect(documents).toHaveLength(total);
    expect(new Set(documents.map(({ id }) => id)).size).toBe(total);
    expect(documents.filter(({ title }) => title === 'Changed')).toEqual([]);
    expect(documents.at(-1)).toMatchObject({ id: 'e02000', version: 1 });
    const now = documentsOf((await exportText(path, '', agency)).text);
    expect(now).toHaveLength(total);
    expect(now.filter(({ title }) => title === 'Changed')).toHaveLength(100);
    expect(now.map(({ id }) => id)).toContain('zzz');
  });

  it('leaves out what a transaction has not committed when it begins', async () => {
    const open = await pool.connect();
    await open.query('BEGIN');
    await open.query(`UPDATE policies SET title = 'Late' WHERE agency = '${agency}' AND id = 'e01999'`);
    const exporting = await begun();
    await open.query('COMMIT');
    open.release();
    expect(documentsOf(await rest(exporting)).find(({ id }) => id === 'e01999')?.['title']).toBe('Changed');
  });

  it('holds no connection and no snapshot while the client takes its time', async () => {
    const exporting = await begun();
    expect(exporting.first).not.toBe('');
    // What is read ahead is soon read.
    await until('nothing in the database belongs to the export', async () => {
      const { rowCount } = await pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND (backend_xmin IS NOT NULL OR state = 'idle in transaction') AND query LIKE '%policies%'`,
      );
      return rowCount === 0;
    });
    await exporting.body.cancel();
  });

  it('ends when the client hangs up, and others are served', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => begun()));
    await Promise.all(clients.map(({ body }) => body.cancel()));
    expect(documentsOf((await exportText(path, '', agency)).text)).toHaveLength(total);
  });

  it('is noted in the audit trail', async () => {
    // Of one subject so many entries are written in a minute, and no more.
    const { status } = await exportText(path, '?format=csv', agency, { subject: 'auditee' });
    expect(status).toBe(200);
    await until('the export is noted', async () => {
      const { body } = await service.request('GET', '/api/audit?action=records.exported', {
        agency,
        scopes: ['audit:read'],
      });
      return (body['items'] as { reason: string }[]).some(
        ({ reason }) => reason === 'policies, format=csv, members=all',
      );
    });
  });

  it('costs no memory that grows with its length', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const held = (): number => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return (heapUsed + external) / 2 ** 20;
    };
    // Without a client: it would be in the same process.
    const records = service.app.get<RecordExport>(exportToken(Policy), { strict: false });
    const context = contextOf(agency, `GET ${path}:export`);
    const query: ExportQueryDto = { members: 'all', fields: ['title', 'description'] };
    const { stream } = await records.open(context, query, records.formatOf(context, query, 'csv'));
    const samples: number[] = [];
    let bytes = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      samples.push(held());
    }
    expect(bytes).toBeGreaterThan(8 * 2 ** 20);
    const quarter = Math.floor(samples.length / 4);
    const growth = Math.min(...samples.slice(-quarter)) - Math.min(...samples.slice(quarter, 2 * quarter));
    expect(growth).toBeLessThan(2);
  });
});
