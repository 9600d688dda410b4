import { Pool } from 'pg';
import type { CapturedTable } from '../src/platform/records/capture/captured-table.js';
import { captureStatements } from '../src/platform/records/capture/capture-statements.js';
import { documentExpression } from '../src/platform/records/capture/document-expression.js';
import { recordStatements } from '../src/platform/records/record-statements.js';
import { BenchDatabase } from './bench-database.js';
import { agency, newDescription, recordId } from './records.js';
import { run } from './run.js';
import { median } from './statistics.js';
import { measureUpdateParts } from './update-parts.js';

const clients = 8;
const records = 10_000;
const rounds = 11;
/** Milliseconds of a round, the first quarter of which is not counted. */
const duration = 2_000;

const columns = [
  { member: 'title', column: 'title', type: 'text' },
  { member: 'description', column: 'description', type: 'text' },
  { member: 'tags', column: 'tags', type: 'text[]' },
];

/** What each table is measured for. All have the same columns, rows and indexes. */
const variants = [
  { table: 'bench_plain', label: 'no triggers: row only' },
  { table: 'bench_unchained', label: 'captured, no target, no hash chain' },
  { table: 'bench_logged', label: 'captured, no target: row, version, log entry and hash' },
  { table: 'bench_synced', label: 'captured, one target: the cursor as well' },
] as const;

/**
 * Measures what capture costs in PostgreSQL: the service's own update statement, by clients that do nothing
 * else, on tables in turns; and what an update of a policy is made of.
 */
await run(async (started) => {
  const database = await BenchDatabase.start();
  started.defer(() => database.remove());
  for (const { table } of variants) await makeTable(database, table);
  await database.owner.query('VACUUM ANALYZE');
  const pool = new Pool({ connectionString: database.addresses.policy.migrationUrl, max: clients });
  started.defer(() => pool.end());
  const rates = variants.map((): number[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [index, { table }] of variants.entries()) rates[index]?.push(await updateRate(pool, table));
  console.log(report(rates.map(median), chainCost(rates)));
  console.log(`\n${await measureUpdateParts(database)}`);
});

async function makeTable({ owner }: BenchDatabase, table: string): Promise<void> {
  const captured: CapturedTable = { resource: table, table, revision: 1, columns };
  await owner.query(`CREATE TABLE public.${table} (
    agency text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz, title text NOT NULL, description text, tags text[] NOT NULL, PRIMARY KEY (agency, id)
  ) WITH (fillfactor = 80)`);
  if (table === 'bench_plain')
    await owner.query(`CREATE FUNCTION hms.${table}_document(r public.${table}) RETURNS text
      LANGUAGE sql STABLE RETURN ${documentExpression(captured)}`);
  else
    for (const statement of captureStatements(captured))
      await owner.query(table === 'bench_unchained' ? withoutChain(statement) : statement);
  if (table === 'bench_synced')
    await owner.query(
      `INSERT INTO hms.sync_targets (resource, name, url) VALUES ($1, 'bench', 'http://127.0.0.1')`,
      [table],
    );
  await owner.query(
    `INSERT INTO public.${table} (agency, id, title, tags)
     SELECT $1, 'p' || n, 'Winter heating allowance', '{energy,winter}' FROM generate_series(1, $2::int) n`,
    [agency, records],
  );
}

/** The capture function as it would be without the hash of the version before, and without its own. */
function withoutChain(statement: string): string {
  return statement
    .replace(/SELECT c\.hash INTO previous[^;]*;/, '')
    .replace(/hms\.change_hash\([^;]*(?=\);)/, "''::pg_catalog.bytea");
}

/** Updates per second. */
async function updateRate(pool: Pool, table: string): Promise<number> {
  const { update } = recordStatements(
    { name: table },
    table,
    columns.map((column) => ({ ...column, defaultValue: undefined })),
  );
  const context = JSON.stringify({ actor: 'benchmark', agency });
  const begun = performance.now();
  const counted = begun + duration / 4;
  const end = begun + duration;
  let updates = 0;
  const work = async (): Promise<void> => {
    while (performance.now() < end) {
      const id = recordId(1 + Math.floor(Math.random() * records));
      const members = JSON.stringify({ description: newDescription() });
      await pool.query({ ...update, values: [context, agency, id, members, null] });
      if (performance.now() >= counted) updates += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, work));
  return (updates / (performance.now() - counted)) * 1000;
}

/** What the hash chain costs an update, as a part of its time: the median of the rounds, in each of which all took turns. */
function chainCost([, unchained = [], logged = []]: readonly number[][]): number {
  return median(unchained.map((rate, round) => 1 - (logged[round] ?? Number.NaN) / rate));
}

function report(rates: readonly number[], chain: number): string {
  const [plain = Number.NaN] = rates;
  const rows = variants.map(({ label }, index) => {
    const rate = rates[index] ?? Number.NaN;
    return `| ${label} | ${Math.round(rate)}/s | ${(rate / plain).toFixed(2)} |`;
  });
  return [
    `| ${clients} clients, medians of ${rounds} rounds | updates | of the first |`,
    '| --- | --- | --- |',
    ...rows,
    '',
    `The hash chain takes ${(chain * 100).toFixed(1)} % of the updates a second (median of the rounds).`,
  ].join('\n');
}
