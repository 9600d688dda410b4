import { once } from 'node:events';
import { jest } from '@jest/globals';
import type { Pool } from 'pg';
import type { RequestContext } from '../../src/platform/auth/request-context.js';
import type { ExportQueryDto } from '../../src/platform/records/export/export.dto.js';
import type { RecordExport } from '../../src/platform/records/export/record-export.js';
import { Policy } from '../../src/policy/policy.entity.js';
import { exportToken } from '../../src/platform/records/inject-records.decorator.js';
import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';

type Document = Record<string, unknown> & { id: string };

const agency = 'exports';

/** A value of each kind of filter that the lists of a resource take. */
const resources = [
  {
    path: '/api/policies',
    records: [
      {
        id: 'a',
        title: 'Food help',
        code: 'SNAP-1',
        programType: 'in_kind',
        effectiveFrom: '2025-01-01',
        effectiveTo: '2026-01-01',
        tags: ['food'],
      },
      { id: 'b', title: 'Heating help', code: 'SNAP-2', programType: 'subsidy', tags: ['food', 'energy'] },
      { id: 'c', title: 'Crisis help', programType: 'subsidy', effectiveTo: '2025-06-01' },
      { id: 'd', title: 'Food aid', effectiveFrom: '2026-01-01' },
      { id: 'gone', title: 'Food long gone', tags: ['food'] },
    ],
    reviewed: 'b',
    filters: [
      'status=in_review',
      'status[in]=in_review,draft',
      'code=SNAP-1',
      'code[in]=SNAP-1,SNAP-2',
      'code[prefix]=SNAP',
      'title[prefix]=Food',
      'programType=subsidy',
      'tags=food',
      'effectiveFrom=2025-01-01',
      'effectiveFrom[gt]=2025-01-01',
      'effectiveFrom[lte]=2025-01-01',
      'effectiveTo[gte]=2025-06-01',
      'effectiveTo[lt]=2026-01-01',
      'effectiveOn=2025-05-31',
      'effectiveOn=2026-01-01',
      'createdAt[gt]=2100-01-01T00:00:00Z',
      'updatedAt[lte]=2100-01-01T00:00:00Z',
      'tags=food&programType=subsidy',
      'includeDeleted=true',
      'includeDeleted=true&title[prefix]=Food',
      "title[prefix]=' OR 1=1 --",
    ],
  },
  {
    path: '/api/market/items',
    records: [
      { id: 'a', name: 'Food box', code: 'BOX', kind: 'product', category: 'food', tags: ['weekly'] },
      { id: 'b', name: 'Advice', kind: 'service', category: 'counselling', policyIds: ['p1'] },
      { id: 'gone', name: 'Food long gone', category: 'food' },
    ],
    reviewed: undefined,
    filters: [
      'status=draft',
      'kind[in]=service',
      'category=food',
      'category[prefix]=c',
      'name[prefix]=Food',
      'code=BOX',
      'tags=weekly',
      'policyIds=p1',
      'includeDeleted=true',
    ],
  },
];

let service: TestApp;

beforeAll(async () => {
  service = await startApp();
  await post('/api/policies', { id: 'p1', title: 'Elsewhere' });
  for (const { path, records, reviewed } of resources) {
    for (const record of records) await post(path, record);
    await service.request('DELETE', `${path}/gone`, { agency });
    if (reviewed) await post(`${path}/${reviewed}/transitions`, { to: 'in_review' }, 200);
  }
});

afterAll(() => service?.close());

const open = (
  path: string,
  query: string,
  of = agency,
  scopes?: readonly string[],
  subject?: string,
): Promise<Response> =>
  fetch(`${service.url}${path}:export?${query}`, {
    headers: { Authorization: `Bearer ${service.token(of, scopes, subject)}` },
  });
async function exported(path: string, query: string, of = agency, scopes?: readonly string[]) {
  const response = await open(path, query, of, scopes);
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
}
async function post(path: string, body: object, expected = 201): Promise<void> {
  expect((await service.request('POST', path, { agency, body })).status).toBe(expected);
}
const documentsOf = ({ status, text }: { status: number; text: string }): Document[] => {
  expect([status, text]).toEqual([200, expect.any(String)]);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Document);
};
const idsOf = (answer: { status: number; text: string }): string[] => documentsOf(answer).map(({ id }) => id);

describe.each(resources)('an export of $path', ({ path, filters }) => {
  it.each(filters)('holds what the list has with %s', async (query) => {
    const { body } = await service.request('GET', `${path}?${query}&sort=id`, { agency });
    const listed = (body['items'] as Document[]).map(({ id }) => id);
    expect(idsOf(await exported(path, query))).toEqual(listed);
  });

  it('knows no parameters but those of the list that fit a stream', async () => {
    for (const name of ['colour', 'sort', 'limit', 'cursor', 'total', 'q']) {
      const { status, text } = await exported(path, `${name}=1`);
      expect([name, status, JSON.parse(text)]).toMatchObject([name, 400, { code: 'unknown-parameter' }]);
    }
    for (const query of ['status=gone', 'status=draft&status=draft', 'fields=search', 'asOf=then']) {
      const { status, text } = await exported(path, query);
      expect([query, status, JSON.parse(text)]).toMatchObject([query, 400, { code: 'invalid-parameter' }]);
    }
  });

  it('has the members that are asked for', async () => {
    const [first] = documentsOf(await exported(path, 'fields=tags,deleted'));
    expect(Object.keys(first ?? {})).toEqual(['id', 'tags', 'deleted']);
    const { text } = await exported(path, 'fields=tags,version&format=csv');
    expect(text.split('\r\n')[0]).toBe('id,version,tags');
  });

  it('has deleted records for those who may restore them', async () => {
    const reader = await exported(path, 'includeDeleted=true', agency, ['policies:read', 'items:read']);
    expect([reader.status, JSON.parse(reader.text)]).toMatchObject([403, { code: 'insufficient-scope' }]);
    const csv = await exported(path, 'includeDeleted=true&format=csv&fields=deleted');
    expect(csv.text).toContain('gone,true');
    const whole = await exported(path, 'includeDeleted=true&format=csv');
    expect(whole.text.split('\r\n')[0]).toMatch(/,updatedAt,deleted$/);
    expect(
      documentsOf(await exported(path, 'includeDeleted=true')).find(({ id }) => id === 'gone'),
    ).toMatchObject({
      id: 'gone',
      deleted: true,
    });
  });

  it('refuses parameters that contradict each other', async () => {
    for (const query of [
      'members=writable&includeDeleted=true',
      'members=writable&fields=tags',
      'asOf=2026-01-01T00:00:00Z&includeDeleted=true',
    ]) {
      const { status, text } = await exported(path, query);
      expect([query, status, JSON.parse(text)]).toMatchObject([query, 400, { code: 'invalid-parameter' }]);
    }
  });
});

describe('an export of policies', () => {
  const path = '/api/policies';

  it('is noted with its filters', async () => {
    // Of one subject so many entries are written in a minute, and no more.
    const query = 'status[in]=draft,published&fields=title&asOf=2100-01-01T00:00:00Z';
    expect((await open(path, query, agency, undefined, 'auditee')).status).toBe(200);
    await until('the export is noted', async () => {
      const { body } = await service.request('GET', '/api/audit?action=records.exported', {
        agency,
        scopes: ['audit:read'],
      });
      return (body['items'] as { reason: string }[]).some(
        ({ reason }) =>
          reason ===
          'policies, format=ndjson, members=all, status[in]=draft,published, fields=title, asOf=2100-01-01T00:00:00Z',
      );
    });
  });

  it('is of the past with asOf, filters included', async () => {
    const put = (id: string, body: object) =>
      service.request('PUT', `${path}/${id}`, { agency: 'past', body });
    for (const id of ['one', 'two', 'three'])
      await service.request('POST', path, { agency: 'past', body: { id, title: 'Old' } });
    const { body } = await service.request('GET', `${path}/three`, { agency: 'past' });
    const then = String(body['updatedAt']);
    await put('one', { title: 'New' });
    await service.request('DELETE', `${path}/two`, { agency: 'past' });
    await service.request('POST', path, { agency: 'past', body: { id: 'zero', title: 'Old' } });
    const past = await exported(path, `asOf=${then}`, 'past');
    expect(past.headers.get('provisional')).toBeNull();
    expect(documentsOf(past).map(({ id, title, version }) => [id, title, version])).toEqual([
      ['one', 'Old', 1],
      ['three', 'Old', 1],
      ['two', 'Old', 1],
    ]);
    expect(idsOf(await exported(path, `asOf=${then}&title[prefix]=New`, 'past'))).toEqual([]);
    const future = await exported(path, 'asOf=2100-01-01T00:00:00Z&title[prefix]=New', 'past');
    expect(future.headers.get('provisional')).toBe('true');
    expect(idsOf(future)).toEqual(['one']);
  });

  it('filters what the records were when it began, page by page', async () => {
    const pool = superuserPool(service.databases.names.policy);
    try {
      // More than what is read ahead of the client.
      await pool.query(
        `INSERT INTO policies (agency, id, title, description)
         SELECT 'moment', 'e' || to_char(n, 'FM00000'), CASE WHEN n % 2 = 0 THEN 'Even' ELSE 'Odd' END,
           repeat('x', 4500) FROM generate_series(1, 4000) n`,
      );
      const response = await open(path, 'title[prefix]=Even', 'moment');
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const chunks = [Buffer.from((await reader.read()).value ?? [])];
      await pool.query(
        `UPDATE policies SET title = CASE title WHEN 'Even' THEN 'Odd' ELSE 'Even' END
         WHERE agency = 'moment' AND id > 'e03000'`,
      );
      for (let step = await reader.read(); !step.done; step = await reader.read())
        chunks.push(Buffer.from(step.value));
      const documents = documentsOf({ status: 200, text: Buffer.concat(chunks).toString() });
      expect(documents).toHaveLength(2_000);
      expect(documents.filter(({ id, title }) => title !== 'Even' || Number(id.slice(1)) % 2 !== 0)).toEqual(
        [],
      );
      // Pages of which nothing is wanted do not end it.
      expect(idsOf(await exported(path, 'updatedAt[lt]=2000-01-01T00:00:00Z', 'moment'))).toEqual([]);
      await pool.query(`UPDATE policies SET title = 'Last' WHERE agency = 'moment' AND id = 'e04000'`);
      expect(idsOf(await exported(path, 'title[prefix]=Last', 'moment'))).toEqual(['e04000']);
    } finally {
      await pool.end();
    }
  });
});

describe('an export of which nobody reads any more', () => {
  it('ends, though nothing that it has looked at was wanted', async () => {
    const { policy } = service.databases.names;
    const owner = superuserPool(policy);
    await owner.query(
      `INSERT INTO policies (agency, id, title) SELECT 'many', 'p' || n, 'Many' FROM generate_series(1, 6500) n`,
    );
    await owner.end();
    const records = service.app.get<RecordExport>(exportToken(Policy), { strict: false });
    const pool = Reflect.get(records, 'pool') as Pool;
    const pages = jest.spyOn(pool, 'query');
    try {
      const context = {
        caller: { agency: 'many', scopes: new Set(['policies:read']) },
      } as unknown as RequestContext;
      const query = { 'title[prefix]': 'Nothing' } as unknown as ExportQueryDto;
      const format = records.formatOf(context, query, 'ndjson');
      const { stream } = await records.open(context, query, format);
      const begun = pages.mock.calls.length;
      stream.resume();
      await until('it looks at the next page', () => pages.mock.calls.length > begun);
      stream.destroy();
      await once(stream, 'close');
      expect(pages.mock.calls.length).toBeLessThanOrEqual(begun + 2);
    } finally {
      pages.mockRestore();
    }
  });
});

it('a page of an export ends with the bytes that it has looked at, though none of them was wanted', async () => {
  const owner = superuserPool(service.databases.names.policy);
  await owner.query(
    `INSERT INTO policies (agency, id, title, description)
     SELECT 'large', 'p' || n, 'Large', repeat('x', 19000) FROM generate_series(1, 300) n`,
  );
  await owner.end();
  const records = service.app.get<RecordExport>(exportToken(Policy), { strict: false });
  const pages = jest.spyOn(Reflect.get(records, 'pool') as Pool, 'query');
  try {
    expect(await exported('/api/policies', 'title[prefix]=Nothing', 'large')).toMatchObject({
      status: 200,
      text: '',
    });
    const looks = pages.mock.calls.filter(([query]) => JSON.stringify(query).includes('bytes_before'));
    // 300 documents of 19 KB are six times 1 MiB; by their number they would be one page.
    expect(looks.length).toBeGreaterThanOrEqual(6);
  } finally {
    pages.mockRestore();
  }
});
