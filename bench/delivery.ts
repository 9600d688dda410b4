import { startBench } from './bench.js';
import { measureDeadTarget } from './dead-target.js';
import { measureHeldBacklog } from './held-backlog.js';
import { print } from './run.js';
import { table } from './table.js';

const thorough = { records: 19_001, versions: 5, hotVersions: 5_000, rounds: 10, seconds: 6 };
const quick = { records: 1_001, versions: 5, hotVersions: 500, rounds: 2, seconds: 2 };

/** Measures delivery: a large backlog with held records, and a dead target beside one that works. */
export async function benchDelivery(
  started: AsyncDisposableStack,
  options: { readonly quick: boolean },
): Promise<void> {
  const extent = options.quick ? quick : thorough;
  print(`starting PostgreSQL and the service, with ${extent.records} records`);
  const bench = await startBench(extent.records, started);
  print('a backlog with held records');
  console.log(`\n${table('backlog', await measureHeldBacklog(bench, extent))}\n`);
  print('a dead target beside one that works');
  console.log(`\n${table('delay', await measureDeadTarget(bench, extent))}`);
}
