import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { marketItemResource } from '../../src/market/market.resource.js';
import { filterParameters } from '../../src/platform/records/lists/list-rules.js';
import type { ListSource } from '../../src/platform/records/lists/list-rows.js';
import { listSource } from '../../src/platform/records/lists/list-source.js';
import {
  countStatement,
  type ListRequest,
  listStatement,
  type ListStatement,
  mayBeGathered,
} from '../../src/platform/records/lists/list-statement.js';
import { policyResource } from '../../src/policy/policy.resource.js';
import { createDatabases, type TestDatabases } from '../support/cluster.js';

/** Records of the agency that is asked for, and of each of two others around it. */
const records = 4_000;
/** Records that have values of their own, at the beginning and at the end of what is common. */
const rare = 5;
/** Rows that a page of 25 may look at: its own, those of equal sort key, and what the index cannot tell apart. */
const mostRows = 120;

const past = '1950-01-01';
const future = '2090-01-01';
const instants = {
  'createdAt[gt]': `${future}T00:00:00Z`,
  'createdAt[gte]': `${future}T00:00:00Z`,
  'createdAt[lt]': '1950-02-01T00:00:00Z',
  'createdAt[lte]': '1950-02-01T00:00:00Z',
  'updatedAt[gt]': `${future}T00:00:00Z`,
  'updatedAt[gte]': `${future}T00:00:00Z`,
  'updatedAt[lt]': '1950-02-01T00:00:00Z',
  'updatedAt[lte]': '1950-02-01T00:00:00Z',
};
const codes = { code: 'EARLY-1', 'code[in]': ['EARLY-1', 'LATE-2'], 'code[prefix]': 'EARLY' };

/** Two words, each of which half of the records have, and none both. */
const oddOrEven = `'Common ' || (ARRAY['even', 'odd'])[1 + n % 2] || ' ' || n`;

const resources = [
  {
    resource: policyResource,
    columns: 'title, program_type, status, effective_from, effective_to',
    common: `${oddOrEven}, 'cash', 'draft', date '2010-01-01' + n % 3000, date '2020-01-01' + n % 3000`,
    early: `'Early ' || n, 'loan', 'retired', date '${past}', date '${past}' + 30`,
    late: `'Late ' || n, 'service', 'suspended', date '${future}', date '${future}' + 30`,
    rareValues: {
      ...instants,
      ...codes,
      status: 'retired',
      'status[in]': ['retired', 'suspended'],
      'title[prefix]': 'Early',
      programType: 'loan',
      'programType[in]': ['loan', 'service'],
      effectiveFrom: past,
      'effectiveFrom[gt]': '2080-01-01',
      'effectiveFrom[gte]': future,
      'effectiveFrom[lt]': '1950-02-01',
      'effectiveFrom[lte]': past,
      effectiveTo: '1950-01-31',
      'effectiveTo[gt]': '2080-01-01',
      'effectiveTo[gte]': future,
      'effectiveTo[lt]': '1960-01-01',
      'effectiveTo[lte]': '1950-01-31',
      effectiveOn: past,
      tags: 'early',
    } as Record<string, unknown>,
    places: {
      id: [],
      title: ['Common even 5'],
      effectiveFrom: ['2015-06-01'],
      effectiveTo: ['2025-06-01'],
      createdAt: ['2020-01-03'],
      updatedAt: ['2020-01-03'],
    } as Record<string, string[]>,
  },
  {
    resource: marketItemResource,
    columns: 'name, kind, status, category, policy_ids',
    common: `${oddOrEven}, 'product', 'draft', 'common', ARRAY['common']`,
    early: `'Early ' || n, 'service', 'listed', 'early', ARRAY['early']`,
    late: `'Late ' || n, 'training', 'withdrawn', 'late', ARRAY['late']`,
    rareValues: {
      ...instants,
      ...codes,
      status: 'listed',
      'status[in]': ['listed', 'withdrawn'],
      'name[prefix]': 'Early',
      kind: 'service',
      'kind[in]': ['service', 'training'],
      category: 'early',
      'category[in]': ['early', 'late'],
      'category[prefix]': 'ear',
      policyIds: 'early',
      tags: 'early',
    } as Record<string, unknown>,
    places: {
      id: [],
      name: ['Common even 5'],
      createdAt: ['2020-01-03'],
      updatedAt: ['2020-01-03'],
    } as Record<string, string[]>,
  },
];

describe.each(resources)('what lists of $resource.name cost among many', (given) => {
  const { resource, rareValues, places } = given;
  let databases: TestDatabases;
  let owner: Client;
  let source: ListSource;

  beforeAll(async () => {
    databases = await createDatabases();
    const url = databases.addresses[resource.database].migrationUrl;
    const dataSource = new DataSource({
      type: 'postgres',
      url,
      entities: [resource.entity],
      installExtensions: false,
    });
    await dataSource.initialize();
    source = listSource(dataSource, resource);
    await dataSource.destroy();
    owner = new Client({ connectionString: url });
    await owner.connect();
    await fill();
  });

  afterAll(async () => {
    await owner.end();
    await databases.drop();
  });

  it.each(filterParameters(resource.lists).map(({ name }) => name))(
    'finds the few records by %s, however they are sorted',
    async (name) => {
      expect(Object.keys(rareValues)).toContain(name);
      for (const sort of [undefined, [`-${resource.lists.sorts[0]}`], ['updatedAt']])
        expect(await rowsOf({ [name]: rareValues[name], ...(sort && { sort }) })).toBeLessThanOrEqual(
          mostRows,
        );
    },
  );

  it.each(['id', ...resource.lists.sorts])('begins anywhere in the order of %s', async (member) => {
    const place = [...(places[member] ?? []), 'cp02000'];
    for (const sort of [[member], [`-${member}`]]) {
      expect(await rowsOf({ sort })).toBeLessThanOrEqual(mostRows);
      expect(await rowsOf({ sort }, member === 'id' ? ['cp02000'] : place)).toBeLessThanOrEqual(mostRows);
    }
  });

  it('searches a rare word, and gathers what has it before it sorts', async () => {
    for (const query of [{ q: 'early' }, { q: 'early', sort: ['-updatedAt'] }])
      expect(await rowsOf(query)).toBeLessThanOrEqual(mostRows);
    expect(await rowsOf({ q: 'odd even', sort: ['id'] })).toBe(0);
  });

  it('looks at no record of another agency', async () => {
    for (const query of [
      { q: 'abroad' },
      { q: 'abroad', sort: ['id'] },
      { tags: 'abroad' },
      { q: '-common -early -late' },
    ])
      expect(await rowsOf(query)).toBe(0);
  });

  it('meets common values in the order of the list', async () => {
    const common = { tags: 'common', sort: ['-updatedAt'] };
    expect(await rowsOf(common, undefined, false)).toBeLessThanOrEqual(mostRows);
    expect(await rowsOf({ q: 'common', sort: ['id'] }, undefined, false)).toBeLessThanOrEqual(mostRows);
  });

  it('counts no further than it is asked to', async () => {
    const request = (query: object): ListRequest => ({ agency: 'plans', query: { limit: 25, ...query } });
    expect(await examined(countStatement(source, request({}), 500))).toBeLessThanOrEqual(501);
    expect(await examined(countStatement(source, request({ tags: 'common' }), 500))).toBeLessThanOrEqual(501);
    expect(await examined(countStatement(source, request({ tags: 'early' }), 500))).toBeLessThanOrEqual(
      mostRows,
    );
  });

  /** Rows that the statement of a page looks at. */
  function rowsOf(query: object, place?: string[], gathered?: boolean): Promise<number> {
    const list = { limit: 25, ...query };
    const few = gathered ?? mayBeGathered(source, list);
    return examined(listStatement(source, { agency: 'plans', query: list, place, gathered: few }));
  }

  async function examined({ text, values }: ListStatement): Promise<number> {
    const { rows } = await owner.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
      `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
      values,
    );
    return tableRows(rows[0]?.['QUERY PLAN'][0]?.Plan);
  }

  /** Without the triggers that would record each of them. The one that keeps the words is needed. */
  async function fill(): Promise<void> {
    const { table } = source;
    await owner.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
    await owner.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER hms_search`);
    const insert = (agency: string, count: number, kind: string, instant: string, values: string) =>
      owner.query(
        `INSERT INTO ${table} (agency, id, code, tags, created_at, updated_at, ${given.columns})
         SELECT $1, left($2, 1) || 'p' || lpad(n::text, 5, '0'), upper($2) || '-' || n, ARRAY[$2], ${instant}, ${instant}, ${values}
         FROM generate_series(1, $3::int) n ORDER BY n * 7919 % 10007`,
        [agency, kind, count],
      );
    for (const agency of ['aaa', 'plans', 'zzz']) {
      await insert(
        agency,
        records,
        'common',
        `timestamptz '2020-01-01' + n * interval '1 minute'`,
        given.common,
      );
      await insert(agency, rare, 'early', `timestamptz '${past}' + n * interval '1 minute'`, given.early);
      await insert(agency, rare, 'late', `timestamptz '${future}' + n * interval '1 minute'`, given.late);
    }
    await owner.query(`VACUUM ANALYZE ${table}`);
  }
});

interface Plan {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Plan[];
}

/** Rows of tables that a plan looked at. */
function tableRows(plan?: Plan): number {
  if (!plan) throw new Error('There is no plan.');
  const below = (plan.Plans ?? []).reduce((sum, part) => sum + tableRows(part), 0);
  if (plan['Relation Name'] === undefined) return below;
  const rows =
    plan['Actual Rows'] +
    (plan['Rows Removed by Filter'] ?? 0) +
    (plan['Rows Removed by Index Recheck'] ?? 0);
  return below + rows * plan['Actual Loops'];
}
