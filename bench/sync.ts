import { parseArgs } from 'node:util';
import { startBench } from './bench.js';
import { measureDeadTarget } from './dead-target.js';
import { measureHeldBacklog } from './held-backlog.js';
import { print, run } from './run.js';
import { table } from './table.js';

/** How much is measured; `--quick` shows that all works, its numbers say little. */
const thorough = { records: 19_001, versions: 5, hotVersions: 5_000, rounds: 10, seconds: 6 };
const quick = { records: 1_001, versions: 5, hotVersions: 500, rounds: 2, seconds: 2 };

await run(async (started) => {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
  const extent = values.quick ? quick : thorough;
  print(`starting PostgreSQL and the service, with ${extent.records} records`);
  const bench = await startBench(extent.records, started);
  print('a backlog with held records');
  console.log(`\n${table('backlog', await measureHeldBacklog(bench, extent))}\n`);
  print('a dead target beside one that works');
  console.log(`\n${table('delay', await measureDeadTarget(bench, extent))}`);
});
