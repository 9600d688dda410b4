import fc from 'fast-check';
import type { Pool } from 'pg';
import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';

/** Few values each, so that many records are equal in what they are sorted by. */
const record = fc.record({
  title: fc.constantFrom('Heating help', 'Help', 'Help for those who help', 'help'),
  effectiveFrom: fc.constantFrom(null, '2024-01-01', '2025-01-01'),
  effectiveTo: fc.constantFrom(null, '2026-01-01'),
});

const lists = [
  '',
  'sort=-id',
  'sort=title',
  'sort=-title',
  'sort=effectiveFrom,-effectiveTo',
  'sort=-effectiveFrom,title,-id',
  'sort=-updatedAt',
  'sort=-createdAt,title',
  'q=help',
  'q=help&sort=title',
  'tags=listed&sort=-effectiveTo',
  'includeDeleted=true&sort=-title',
];

const listing = fc.record({
  limit: fc.integer({ min: 1, max: 4 }),
  ids: fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,3}$/), {
    minLength: 16,
    maxLength: 36,
  }),
  records: fc.infiniteStream(record),
  /** What happens while a page is read, page by page: makes, and deletes of what does not stay. */
  meanwhile: fc.array(fc.array(fc.constantFrom('make', 'delete'), { maxLength: 3 }), { maxLength: 8 }),
});
type Listing = typeof listing extends fc.Arbitrary<infer Value> ? Value : never;

describe('a list that is read page by page while records are made and deleted', () => {
  let service: TestApp;
  let pool: Pool;
  let runs = 0;

  beforeAll(async () => {
    service = await startApp();
    pool = superuserPool(service.databases.names.policy);
  });

  afterAll(async () => {
    await pool.end();
    await service.close();
  });

  it.each(lists)('has nothing twice, and misses nothing that stays: %s', async (list) => {
    const property = fc.asyncProperty(listing, async (given) => {
      const { seen, staying, atLast } = await readWhileWriting(list, given);
      expect(seen).toHaveLength(new Set(seen).size);
      const stayed = (ids: readonly string[]) => ids.filter((id) => staying.includes(id));
      expect(stayed(seen)).toEqual(stayed(atLast));
      expect(stayed(seen)).toHaveLength(staying.length);
    });
    await fc.assert(property, { numRuns: 3, endOnFailure: true });
  });

  async function readWhileWriting(
    list: string,
    { limit, ids, records, meanwhile }: Listing,
  ): Promise<{ seen: string[]; staying: string[]; atLast: string[] }> {
    const agency = `run${++runs}`;
    const [staying, passing, coming] = thirds(ids);
    await make(agency, [...staying, ...passing], records);
    const seen: string[] = [];
    let cursor: string | null | undefined;
    for (let page = 0; cursor !== null; page++) {
      const writes = (meanwhile[page] ?? []).map((action) => {
        const id = action === 'make' ? coming.pop() : passing.pop();
        if (id === undefined) return undefined;
        return action === 'make' ? make(agency, [id], records) : remove(agency, id);
      });
      const [answer] = await Promise.all([read(agency, list, limit, cursor), ...writes]);
      seen.push(...answer.ids);
      cursor = answer.next;
    }
    return { seen, staying, atLast: (await read(agency, list, 100)).ids };
  }

  async function read(agency: string, list: string, limit: number, cursor?: string) {
    const { status, body } = await service.request(
      'GET',
      `/api/policies?${list}&limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`,
      { agency },
    );
    if (status !== 200) throw new Error(`The list answered ${status}: ${JSON.stringify(body)}`);
    const { items, page } = body as { items: { id: string }[]; page: { nextCursor: string | null } };
    return { ids: items.map(({ id }) => id), next: page.nextCursor };
  }

  async function make(agency: string, ids: readonly string[], records: Iterator<object>): Promise<void> {
    const rows = ids.map((id) => ({ id, ...(records.next().value as object) }));
    await pool.query(
      `INSERT INTO policies (agency, id, title, effective_from, effective_to, tags)
       SELECT $1, r.id, r.title, r."effectiveFrom", r."effectiveTo", '{listed}'
       FROM jsonb_to_recordset($2) AS r (id text, title text, "effectiveFrom" date, "effectiveTo" date)`,
      [agency, JSON.stringify(rows)],
    );
  }

  async function remove(agency: string, id: string): Promise<void> {
    await pool.query('UPDATE policies SET deleted_at = now() WHERE agency = $1 AND id = $2', [agency, id]);
  }
});

function thirds(ids: readonly string[]): [string[], string[], string[]] {
  const [one, two] = [Math.ceil(ids.length / 3), Math.ceil((ids.length * 2) / 3)];
  return [ids.slice(0, one), ids.slice(one, two), ids.slice(two)];
}
