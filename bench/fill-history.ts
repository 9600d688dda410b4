import type { BenchDatabase } from './bench-database.js';
import { agency } from './records.js';

/** Makes records with so many versions each, all by the capture triggers. */
export async function fillHistory(
  { owner }: BenchDatabase,
  { records, versions }: { records: number; versions: number },
): Promise<void> {
  await owner.query(
    `INSERT INTO policies (agency, id, title, description, rules, tags)
     SELECT $1, 'p' || n, 'Winter heating allowance ' || n, 'Eligible for benefit through Dec 2025',
       '{"all": [{"op": "lt", "fact": "householdIncome", "value": 24000}]}', '{energy,winter}'
     FROM generate_series(1, $2::int) n`,
    [agency, records],
  );
  for (let version = 2; version <= versions; version++)
    await owner.query('UPDATE policies SET description = $1', [`Eligible for benefit, rule ${version}`]);
  await owner.query('VACUUM ANALYZE');
}
