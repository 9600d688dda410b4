import { join } from 'node:path';
import { BenchDatabase } from './bench-database.js';
import { CollectionClient, type RecordKind, writeRecords } from './collection-client.js';
import { describePassage, measurePassage, type Passage } from './passage.js';
import { print, run } from './run.js';
import { authorization, databaseVariables } from './service-environment.js';
import { ServiceProcess } from './service-process.js';
import { table, thousands } from './table.js';

/** Records of each kind that are imported, and exported again. */
const records = Number(process.argv[2] ?? 200_000);
/** Operations of a bulk request, and how many requests. */
const bulk = { operations: 1_000, requests: 20 };

/** Measures bulk requests, import and export over HTTP: `npm run bench:bulk -- [records]`. */
await run(async (started) => {
  const database = await BenchDatabase.start();
  started.defer(() => database.remove());
  const service = await ServiceProcess.start({
    DATA_DIR: database.directory,
    ...databaseVariables(database),
  });
  started.defer(() => service.stop());
  const token = authorization(database.directory, ['policies:read', 'policies:write']);
  const client = new CollectionClient(service.url, token);
  const measured = (count: number, work: () => Promise<number>) =>
    measurePassage({ database, pid: service.pid }, count, work);
  const rows: [string, Passage][] = [];
  const fileOf = (kind: RecordKind): string => join(database.directory, `${kind}.ndjson`);
  // What is delivered meanwhile takes time of the same cores.
  await database.pauseTargets(true);
  for (const kind of ['plain', 'ruled'] as const) {
    print(`importing ${thousands(records)} records, ${kind}`);
    await writeRecords(fileOf(kind), records, kind);
    const passage = await measured(records, () => client.import(fileOf(kind), 'create'));
    rows.push([`import, mode=create, ${kind === 'plain' ? 'without' : 'with'} rules`, passage]);
  }
  await database.owner.query('VACUUM ANALYZE');
  for (const query of ['format=ndjson', 'format=ndjson&members=writable', 'format=csv']) {
    print(`exporting, ${query}`);
    rows.push([`export, ${query}`, await measured(2 * records, () => client.export(query))]);
  }
  print('importing the same records');
  rows.push([
    'import, mode=upsert, nothing changed',
    await measured(records, () => client.import(fileOf('plain'), 'upsert')),
  ]);
  const count = bulk.operations * bulk.requests;
  for (const op of ['create', 'update'] as const) {
    print(`bulk requests, ${op}`);
    rows.push([
      `bulk, ${op}, ${thousands(bulk.operations)} operations a request`,
      await measured(count, () => client.bulk(op, bulk.requests, bulk.operations)),
    ]);
  }
  console.log(
    `\n${table(
      'records',
      rows.map(([name, passage]) => [name, describePassage(passage)]),
    )}`,
  );
});
