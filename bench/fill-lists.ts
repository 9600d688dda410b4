import type { BenchDatabase } from './bench-database.js';
import { agency } from './records.js';

/** Records that have the word that is rare in every number of records. */
export const rareMatches = 20;

/**
 * Makes policies straight in their table, without versions and log entries, which lists of the present do not read.
 * Indexes are dropped meanwhile and made anew.
 */
export async function fillLists({ owner }: BenchDatabase, records: number): Promise<void> {
  const { rows: indexes } = await owner.query<{ name: string; definition: string }>(
    `SELECT i.indexname AS name, i.indexdef AS definition FROM pg_indexes i
     WHERE i.schemaname = 'public' AND i.tablename = 'policies' AND i.indexname <> 'policies_pkey'`,
  );
  for (const { name } of indexes) await owner.query(`DROP INDEX public.${name}`);
  await switchCapture('DISABLE');
  await owner.query(
    `INSERT INTO policies
       (agency, id, code, title, summary, description, program_type, status, effective_from, effective_to, tags,
        created_at, updated_at, rules, parameters)
     SELECT $1, 'p' || lpad(n::text, 9, '0'), 'CODE-' || lpad(upper(to_hex(n::bigint * 7919 % 1000003)), 6, '0') || n,
       (ARRAY['Winter', 'Summer', 'Rural', 'Family'])[1 + n / 4 % 4] || ' allowance ' || n,
       'Helps households with low incomes' || CASE WHEN n % 100 = 0 THEN ' to insulate their homes' ELSE '' END,
       'The state sets the benefit by income, household size and region; a crisis benefit answers a shut-off notice.'
         || CASE WHEN n <= $3 THEN ' Snowplough operators apply early.' ELSE '' END,
       (ARRAY['cash', 'subsidy', 'loan', 'service'])[1 + n % 4],
       (ARRAY['draft', 'published', 'published', 'retired'])[1 + n % 4],
       date '2010-01-01' + n * 37 % 6000, CASE WHEN n % 3 > 0 THEN date '2010-01-01' + n * 37 % 6000 + 365 END,
       '{energy,winter}', timestamptz '2020-01-01' + n * interval '1 minute',
       timestamptz '2024-01-01' + n::bigint * 7919 % 1000003 * interval '1 minute',
       '{"all": [{"op": "lt", "fact": "householdIncome", "value": 24000}]}',
       '{"incomeLimit": {"unit": "USD", "values": [{"from": "2025-01-01", "value": 24000}]}}'
     FROM generate_series((SELECT count(*) FROM policies)::int + 1, $2::int) n`,
    [agency, records, rareMatches],
  );
  await switchCapture('ENABLE ALWAYS');
  for (const { definition } of indexes) await owner.query(definition);
  await owner.query('VACUUM ANALYZE policies');

  async function switchCapture(how: string): Promise<void> {
    for (const trigger of ['hms_checks', 'hms_life_cycle', 'zz_hms_version', 'zz_hms_capture_insert'])
      await owner.query(`ALTER TABLE policies ${how} TRIGGER ${trigger}`);
  }
}
