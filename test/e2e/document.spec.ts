import { Client } from 'pg';
import { documentExpression } from '../../src/platform/records/capture/document-expression.js';
import { createDatabases, type TestDatabases } from '../support/cluster.js';

const types = {
  words: 'text',
  flag: 'boolean',
  small: 'smallint',
  whole: 'integer',
  day: 'date',
  structure: 'jsonb',
  list: 'text[]',
  key: 'uuid',
  large: 'bigint',
  exact: 'numeric',
  instant: 'timestamp with time zone',
};

/** Each with what a parser of JSON gets to see. */
const values: [column: keyof typeof types, sql: string, value: unknown][] = [
  ['words', String.raw`E'q"\\ \n\t\x01\x1f\x7f'`, 'q"\\ \n\t\x01\x1f\x7f'],
  ['words', `U&'\\2028</script>\\+01F600'`, '\u2028</script>\u{1F600}'],
  ['words', `''`, ''],
  ['flag', 'false', false],
  ['small', '-32768', -32_768],
  ['whole', '-2147483648', -2_147_483_648],
  ['day', `'2025-03-30'`, '2025-03-30'],
  ['day', `'infinity'`, 'infinity'],
  ['structure', `'{"a": [1, "x\\"", null]}'`, { a: [1, 'x"', null] }],
  ['structure', `'null'`, null],
  ['list', `ARRAY['a"b', NULL, 'c,d', '{}', '']`, ['a"b', null, 'c,d', '{}', '']],
  [
    'list',
    `'{{a,b},{c,NULL}}'`,
    [
      ['a', 'b'],
      ['c', null],
    ],
  ],
  ['key', `'00000000-0000-0000-0000-00000000000a'`, '00000000-0000-0000-0000-00000000000a'],
  ['large', '-9223372036854775808', '-9223372036854775808'],
  ['exact', '1.500', '1.500'],
  ['exact', `'NaN'`, 'NaN'],
  ['instant', `'1969-12-31 23:59:59.5+01'`, '1969-12-31T22:59:59.500000Z'],
  ...Object.keys(types).map((column) => [column, 'NULL', null] as [keyof typeof types, string, unknown]),
];

const table = (columns: Record<string, string>) => ({
  table: 'kinds',
  columns: Object.entries(columns).map(([column, type]) => ({ member: `the "${column}"`, column, type })),
});

describe('the document of a record', () => {
  let databases: TestDatabases;
  let client: Client;

  beforeAll(async () => {
    databases = await createDatabases();
    client = new Client({ connectionString: databases.addresses.policy.migrationUrl });
    await client.connect();
    const columns = Object.entries(types).map(([column, type]) => `${column} ${type}`);
    await client.query(`CREATE TABLE kinds (agency text DEFAULT 'hhs', id text DEFAULT 'k', version integer DEFAULT 1,
      created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(), deleted_at timestamptz,
      ${columns.join(', ')})`);
  });

  afterAll(async () => {
    await client.end();
    await databases.drop();
  });

  async function documentOf(column: string, sql: string, declared = types): Promise<Record<string, unknown>> {
    await client.query('TRUNCATE kinds');
    await client.query(`INSERT INTO kinds (${column}) VALUES (${sql})`);
    const { rows } = await client.query<{ document: string }>(
      `SELECT ${documentExpression(table(declared))} AS document FROM kinds r`,
    );
    return JSON.parse(rows[0]?.document ?? '') as Record<string, unknown>;
  }

  it.each(values)('has of %s %s what JSON says of it', async (column, sql, value) => {
    const document = await documentOf(column, sql);
    expect(document[`the "${column}"`]).toEqual(value);
    expect(document).toMatchObject({ agency: 'hhs', id: 'k', version: 1, deleted: false });
    expect(Object.keys(document)).toHaveLength(6 + Object.keys(types).length);
  });

  it('is not made where a column has another type than it was declared with', async () => {
    const forged = `'1,"agency":"other"'`;
    await expect(documentOf('words', forged, { ...types, words: 'integer' })).rejects.toThrow(
      'invalid input',
    );
    await expect(documentOf('words', `'a"b'`, { ...types, words: 'numeric' })).rejects.toThrow(
      'invalid input',
    );
  });
});
