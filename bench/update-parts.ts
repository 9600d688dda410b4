import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { recordColumns } from '../src/platform/records/record-columns.js';
import { recordStatements } from '../src/platform/records/record-statements.js';
import { policyResource } from '../src/policy/policy.resource.js';
import type { BenchDatabase } from './bench-database.js';
import { cpuTime } from './process-usage.js';
import { agency, newDescription, recordId } from './records.js';
import { median } from './statistics.js';

const records = 10_000;
const rounds = 3;
/** Updates of a round. /proc counts in hundredths of a second, so it takes a second. */
const updates = 1_000;

/** What is taken away from the table of policies, one after the other, and by what statement. */
const parts = [
  { without: 'nothing: as it is', statement: 'SELECT' },
  {
    without: 'the log entry: its document, hash chain and indexes',
    statement: 'ALTER TABLE policies DISABLE TRIGGER zz_hms_capture_update',
  },
  {
    without: 'the words of the search, too',
    statement: 'ALTER TABLE policies DISABLE TRIGGER hms_search',
  },
  {
    without: 'version and instant, too, so that no index changes (HOT)',
    statement: 'ALTER TABLE policies DISABLE TRIGGER zz_hms_version',
  },
  {
    without: 'checks and life cycle, too: no trigger is left',
    statement: 'ALTER TABLE policies DISABLE TRIGGER USER',
  },
] as const;

/**
 * Takes apart what the service's own update of a policy costs PostgreSQL: the CPU time of one session, while more
 * and more of what the table does is taken away. Unlike a rate it hardly depends on what else the machine does.
 */
export async function measureUpdateParts(database: BenchDatabase): Promise<string> {
  await database.fill(records);
  const statement = await updateStatement(database);
  const session = new Client({ connectionString: database.addresses.policy.url });
  await session.connect();
  const costs: number[] = [];
  for (const { statement: removal } of parts) {
    await database.owner.query(removal);
    costs.push(await costOf(session, statement));
  }
  await session.end();
  return report(costs);
}

async function updateStatement({ addresses }: BenchDatabase): Promise<{ name: string; text: string }> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: addresses.policy.migrationUrl,
    entities: [policyResource.entity],
    installExtensions: false,
  });
  await dataSource.initialize();
  const metadata = dataSource.getMetadata(policyResource.entity);
  const { update } = recordStatements(policyResource, 'policies', recordColumns(dataSource, metadata));
  await dataSource.destroy();
  return update;
}

/** Microseconds of CPU that one update takes of its session, the median of the rounds. */
async function costOf(session: Client, statement: { name: string; text: string }): Promise<number> {
  const { rows } = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const context = JSON.stringify({ actor: 'benchmark', agency });
  const costs: number[] = [];
  // The first round is not counted: in it the session makes its plans.
  for (let round = 0; round <= rounds; round++) {
    const before = await cpuTime(rows[0]?.pid);
    for (let update = 0; update < updates; update++) {
      const id = recordId(1 + Math.floor(Math.random() * records));
      const members = JSON.stringify({ description: newDescription() });
      await session.query({ ...statement, values: [context, agency, id, members, null] });
    }
    const used = ((await cpuTime(rows[0]?.pid)) ?? Number.NaN) - (before ?? Number.NaN);
    if (round > 0) costs.push((used * 1000) / updates);
  }
  return median(costs);
}

function report(costs: readonly number[]): string {
  const rows = parts.map(({ without }, index) => {
    const cost = costs[index] ?? Number.NaN;
    const saved = index === 0 ? '' : `${Math.round((costs[index - 1] ?? Number.NaN) - cost)} µs`;
    return `| ${without} | ${Math.round(cost)} µs | ${saved} |`;
  });
  return [
    '| an update of a policy without | CPU of PostgreSQL | less |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}
