import { Pool } from 'pg';
import { marketItemResource } from '../../src/market/market.resource.js';
import { surviveLostConnections } from '../../src/platform/database/pg-pool.js';
import { policyResource } from '../../src/policy/policy.resource.js';
import { createDatabases, superuserPool, type TestDatabases } from '../support/cluster.js';

/** Assignments that plain SQL must not get into a table, by the constraint that refuses them. */
type Breaches = Readonly<Record<string, readonly string[]>>;

const json = (value: unknown): string => `'${JSON.stringify(value)}'`;
const rule = { fact: 'income', op: 'lt', value: 10 };
const rules = (...wrong: unknown[]) => wrong.map((value) => `rules = ${json(value)}`);
const nested = (levels: number): unknown => (levels === 0 ? rule : { not: nested(levels - 1) });
const value = { from: '2025-01-01', value: 1 };
const parameters = (...wrong: unknown[]) => wrong.map((limit) => `parameters = ${json({ limit })}`);
const withValues = (...values: unknown[]) => ({ unit: 'USD', values });

const shared = {
  tags_form: [
    `tags = '{Upper}'`,
    `tags = '{NULL}'`,
    `tags = array_fill('a'::text, '{31}')`,
    `tags = '{"a,b"}'`,
    `tags = '{"a b"}'`,
    `tags = '{a,""}'`,
    `tags = '{a,NULL,b}'`,
    `tags = ARRAY[repeat('x', 51)]`,
    `tags = ARRAY['a', repeat('x', 51)]`,
    `tags = '{{a},{b}}'`,
    `tags = E'{"a\\nb"}'`,
  ],
  external_ids_form: [
    `external_ids = '[]'`,
    `external_ids = '{"A b": "1"}'`,
    `external_ids = '{"a": 1}'`,
    `external_ids = '{"a": ""}'`,
    `external_ids = jsonb_build_object('a', repeat('é', 201))`,
    `external_ids = jsonb_build_object(repeat('a', 51), '1')`,
    `external_ids = (SELECT jsonb_object_agg('k' || n, '1') FROM generate_series(1, 21) n)`,
  ],
  custom_fields_form: [
    `custom_fields = '1'`,
    `custom_fields = '{"1": 1}'`,
    `custom_fields = jsonb_build_object(repeat('a', 51), 1)`,
    `custom_fields = (SELECT jsonb_object_agg('k' || n, 1) FROM generate_series(1, 51) n)`,
  ],
  summary_length: [`summary = repeat('x', 501)`],
  description_length: [`description = repeat('x', 20001)`],
  code_form: [`code = 'lower'`, `code = 'A'`, `code = E'A1\\n'`, `code = repeat('A', 65)`],
};

/** Assignments that are as long as may be: in characters, of which these have two bytes each. */
const longestOf = {
  tags: `array_fill(repeat('x', 50), '{30}')`,
  external_ids: `jsonb_build_object(repeat('a', 50), repeat('é', 200))`,
  custom_fields: `jsonb_build_object(repeat('a', 50), 1, repeat('b', 50), 2)`,
  code: `repeat('A', 64)`,
};
const sharedBreaches = (table: string): Breaches =>
  Object.fromEntries(Object.entries(shared).map(([name, breaches]) => [`${table}_${name}`, breaches]));

const policies: Breaches = {
  ...sharedBreaches('policies'),
  policies_title_length: [`title = ''`, `title = repeat('x', 201)`],
  policies_program_type_known: [`program_type = 'charity'`],
  policies_jurisdiction_form: [
    '{}',
    '[]',
    '{"level":"galaxy","code":"US"}',
    '{"level":"state","code":1}',
    '{"level":"state","code":"US","x":1}',
  ].map((text) => `jurisdiction = '${text}'`),
  policies_effective_order: [`effective_from = '2025-02-02', effective_to = '2025-02-02'`],
  policies_effective_from_years: [`effective_from = '0001-01-01 BC'`],
  policies_effective_to_years: [`effective_to = 'infinity'`],
  policies_status_known: [`status = 'unheard'`],
  policies_contact_form: [
    `contact = '{}'`,
    `contact = '{"name":null}'`,
    `contact = '{"name":1}'`,
    `contact = '{"fax":"1"}'`,
    `contact = '{"url":"javascript:alert(1)"}'`,
    `contact = '{"url":"https://a\\u00a0b"}'`,
    `contact = '{"url":"https://a\\tb"}'`,
    `contact = jsonb_build_object('name', repeat('x', 201))`,
    `contact = jsonb_build_object('email', repeat('x', 255))`,
    `contact = jsonb_build_object('phone', repeat('1', 41))`,
  ],
  policies_legal_citations_form: [
    `legal_citations = '{}'`,
    ...[
      [1],
      [[]],
      [{ citation: 'x' }],
      [{ type: 'statute', citation: '' }],
      [{ type: 'statute', citation: 'x', page: 1 }],
      [{ type: 'statute', citation: 'x', url: 'https://a\tb' }],
      [{ type: 'statute', citation: 'x', url: 'https://a\u3000b' }],
    ].map((wrong) => `legal_citations = ${json(wrong)}`),
    `legal_citations = jsonb_build_array(jsonb_build_object('type', 'statute', 'citation', repeat('x', 201)))`,
  ],
  policies_supersedes_known: [`supersedes = 'gone'`],
  policies_supersedes_other: [`supersedes = id`],
  policies_parameters_form: [
    `parameters = '[]'`,
    `parameters = ${json({ Limit: withValues(value) })}`,
    `parameters = ${json({ ['x'.repeat(65)]: withValues(value) })}`,
    ...parameters(
      1,
      {},
      { unit: 1, values: [value] },
      { unit: 'x'.repeat(51), values: [value] },
      withValues(),
      withValues([value]),
      withValues({ from: '2025-02-30', value: 1 }),
      withValues({ from: '2025-01-01' }),
      withValues({ from: '2025-01-01', value: '1' }),
      withValues({ from: '2025-01-01', value: 1.23456 }),
      withValues({ from: '2025-01-01', value: 100_000_000_000 }),
      withValues({ ...value, note: 'x' }),
    ),
  ],
  policies_parameters_order: parameters(
    withValues(value, value),
    withValues({ from: '2025-02-01', value: 1 }, value),
  ),
  policies_rules_form: rules(
    1,
    [],
    {},
    { all: [] },
    { all: rule },
    { all: [[rule]] },
    { all: [rule], any: [rule] },
    { not: [rule] },
    { not: rule, label: 1 },
    { ...rule, code: 'x' },
    { ...rule, op: 'matches' },
    { ...rule, fact: 'In come' },
    { ...rule, fact: 'x'.repeat(65) },
    { ...rule, label: 'é'.repeat(201) },
    { all: [{ ...rule, param: 1 }] },
    { ...rule, value: 'ten' },
    { ...rule, value: '2025-02-30' },
    { ...rule, value: 0.00001 },
    { ...rule, value: [1] },
    { ...rule, param: 'limit' },
    { fact: 'income', op: 'lt' },
    { fact: 'income', op: 'in', param: 'limit' },
    { fact: 'income', op: 'in', value: [] },
    { fact: 'income', op: 'in', value: [1, 'a'] },
    { fact: 'income', op: 'eq', value: null },
    { fact: 'income', op: 'eq', value: '' },
    { fact: 'income', op: 'eq', value: 'x'.repeat(201) },
  ),
  policies_rules_bounds: rules(nested(16), {
    any: Array.from({ length: 5 }, () => ({ all: Array.from({ length: 40 }, () => rule) })),
  }),
  policies_rules_types: rules({ all: [rule, { fact: 'income', op: 'eq', value: 'a' }] }),
  policies_rules_parameters: [
    ...rules({ fact: 'income', op: 'lt', param: 'limit' }),
    ...rules({ any: [rule, { not: { fact: 'income', op: 'eq', param: 'toString' } }] }),
  ],
};

const price = (...wrong: unknown[]) => wrong.map((each) => `price = ${json(each)}`);
const availability = (...wrong: object[]) =>
  wrong.map((each) => `availability = ${json({ status: 'available', ...each })}`);

const items: Breaches = {
  ...sharedBreaches('market_items'),
  market_items_name_length: [`name = ''`],
  market_items_kind_known: [`kind = 'thing'`],
  market_items_category_form: [`category = 'Home'`, `category = repeat('x', 51)`],
  market_items_url_form: [`url = 'javascript:1'`, `url = E'https://a\\tb'`, `url = U&'https://a\\00A0b'`],
  market_items_provider_form: [
    `provider = '{}'`,
    `provider = '{"name":1}'`,
    `provider = '{"name":"x","fax":"1"}'`,
    `provider = '{"name":"x","url":"javascript:1"}'`,
    `provider = jsonb_build_object('name', 'x', 'phone', repeat('1', 41))`,
  ],
  market_items_price_form: price(
    {},
    { type: 'gift' },
    { type: 'fixed', amount: 1, currency: 'USD' },
    { type: 'fixed', amount: '1.23456', currency: 'USD' },
    { type: 'fixed', amount: '1' },
    { type: 'free', amount: '1' },
    { type: 'range', min: '1', currency: 'USD' },
    { type: 'free', validFrom: '2025-02-30' },
    { type: 'free', discount: 1 },
  ),
  market_items_price_order: price({ type: 'range', min: '10', max: '9.99', currency: 'USD' }),
  market_items_price_validity: price({ type: 'free', validFrom: '2025-01-02', validTo: '2025-01-02' }),
  market_items_availability_form: [
    `availability = '[]'`,
    ...availability(
      { status: 'maybe' },
      { from: 'soon' },
      { serviceAreas: ['x'] },
      { serviceAreas: [['US']] },
      { x: 1 },
    ),
  ],
  market_items_availability_quantity: availability(
    { quantity: -1 },
    { quantity: 1.5 },
    { quantity: '1' },
    { quantity: 1e16 },
  ),
  market_items_availability_order: availability({ from: '2025-01-02', to: '2025-01-01' }),
  market_items_policy_ids_form: [
    `policy_ids = '{"a b"}'`,
    `policy_ids = '{NULL}'`,
    `policy_ids = ARRAY[repeat('x', 65)]`,
  ],
  market_items_required_documents_form: [
    `required_documents = '{}'`,
    ...[[1], [{}], [{ name: '' }], [{ name: 'x', size: 1 }]].map(
      (wrong) => `required_documents = ${json(wrong)}`,
    ),
  ],
  market_items_languages_form: [`languages = '{English}'`],
  market_items_status_known: [`status = 'unheard'`],
};

/** Those that an update of one row cannot break; tested elsewhere. */
const elsewhere = new Set(['id_form', 'code']);

describe.each([
  { resource: policyResource, table: 'policies', name: 'title', breaches: policies },
  { resource: marketItemResource, table: 'market_items', name: 'name', breaches: items },
])('the constraints of $table', ({ resource, table, name, breaches }) => {
  let databases: TestDatabases;
  let owner: Pool;

  beforeAll(async () => {
    databases = await createDatabases();
    owner = new Pool({ connectionString: databases.addresses[resource.database].migrationUrl, max: 1 });
    surviveLostConnections(owner);
    await owner.query(`INSERT INTO ${table} (agency, id, ${name}) VALUES ('hhs', 'a', 'One')`);
  });

  afterAll(async () => {
    await owner?.end();
    await databases?.drop();
  });

  it('are all tested, and all known to clients by name', () => {
    const known = Object.keys(resource.constraints).filter(
      (each) => !elsewhere.has(each.slice(table.length + 1)),
    );
    expect(Object.keys(breaches).sort()).toEqual(known.sort());
  });

  it.each(Object.entries(breaches))('%s holds for plain SQL', async (constraint, assignments) => {
    for (const assignment of assignments) {
      const refused = await owner.query(`UPDATE ${table} SET ${assignment} WHERE id = 'a'`).then(
        () => 'stored',
        (error: { constraint?: string; message: string }) => error.constraint ?? error.message,
      );
      expect([assignment, refused]).toEqual([assignment, constraint]);
    }
    const { rows } = await owner.query(`SELECT version FROM ${table} WHERE id = 'a'`);
    expect(rows).toEqual([{ version: 1 }]);
  });

  it('hold for new rows, and in a session that takes part in a replication', async () => {
    const superuser = superuserPool(databases.names[resource.database]);
    const session = await superuser.connect();
    await session.query('SET session_replication_role = replica');
    const insert = `INSERT INTO ${table} (agency, id, ${name}) VALUES ('hhs', $1, $2)`;
    for (const [values, constraint] of [
      [['-', 'One'], 'id_form'],
      [['b', ''], `${name}_length`],
    ])
      await expect(session.query(insert, values as string[])).rejects.toMatchObject({
        code: '23514',
        constraint: `${table}_${constraint as string}`,
      });
    session.release();
    await superuser.end();
  });

  it('take what is as long as may be', async () => {
    const more =
      table === 'policies'
        ? {
            rules: json({ all: [{ ...rule, fact: 'x'.repeat(64), label: 'é'.repeat(200) }, rule] }),
            parameters: json({ ['x'.repeat(64)]: withValues(value), limit: withValues(value) }),
            legal_citations: json([{ type: 'statute', citation: 'é'.repeat(200), title: 'é'.repeat(200) }]),
          }
        : {
            category: `repeat('x', 50)`,
            policy_ids: `array_fill(repeat('x', 64), '{50}')`,
            languages: `'{zh-Hans-CN,en}'`,
          };
    const assignments = Object.entries({ ...longestOf, ...more }).map(([column, to]) => `${column} = ${to}`);
    await owner.query(`INSERT INTO ${table} (agency, id, ${name}) VALUES ('hhs', repeat('i', 64), 'One')`);
    const { rowCount } = await owner.query(
      `UPDATE ${table} SET ${assignments.join(', ')} WHERE id = repeat('i', 64)`,
    );
    expect(rowCount).toBe(1);
    const id = owner.query(
      `INSERT INTO ${table} (agency, id, ${name}) VALUES ('hhs', repeat('i', 65), 'One')`,
    );
    await expect(id).rejects.toMatchObject({ code: '23514', constraint: `${table}_id_form` });
  });

  it('hold for a row that is inserted, too', async () => {
    const insert = owner.query(
      `INSERT INTO ${table} (agency, id, ${name}, tags) VALUES ('hhs', 'b', 'One', '{Upper}')`,
    );
    await expect(insert).rejects.toMatchObject({ code: '23514', constraint: `${table}_tags_form` });
  });
});
