import { encodeCursor } from '../src/platform/http/paging/cursor.js';
import { ListCursors } from '../src/platform/records/lists/list-cursor.js';
import { BenchDatabase } from './bench-database.js';
import { fillHistory } from './fill-history.js';
import { HelperProcess } from './helper-process.js';
import type { Load, LoadResult } from './load-generator.js';
import { cpuTime, untilIdle } from './process-usage.js';
import { agency, recordId } from './records.js';
import { print, run } from './run.js';
import { authorization, databaseVariables } from './service-environment.js';
import { ServiceProcess } from './service-process.js';

/** Length of the log, but for the versions of the deep record. */
const entries = Number(process.argv[2] ?? 1_000_000);
const records = 10_000;
/** Versions of the record that is read deep in its history. */
const depth = 5_000;
const connections = 8;
const seconds = 5;
/** Milliseconds that the 99th percentile is to stay below. */
const target = 10;
/** Different requests of each kind. */
const variety = 500;

/** What is read, by name. */
type Reads = readonly [name: string, paths: readonly string[]][];

/** Measures reads of the past in a long log over HTTP: `npm run bench:history -- [entries]`. */
await run(async (started) => {
  const database = await BenchDatabase.start();
  started.defer(() => database.remove());
  print(`making ${entries} entries, and a record with ${depth} versions`);
  await fillHistory(database, { records, versions: Math.round(entries / records) });
  await makeDeep(database);
  const service = await ServiceProcess.start({
    DATA_DIR: database.directory,
    ...databaseVariables(database),
  });
  started.defer(() => service.stop());
  print('waiting until the service has signed the log and filled its target');
  await database.drained();
  await untilIdle(service.pid);
  const generator = await HelperProcess.start<Load, LoadResult>('load-generator.ts');
  started.defer(() => generator.stop());
  const token = authorization(database.directory, ['policies:read', 'audit:read']);
  const rows = [
    `| ${connections} clients | requests/s | p50 | p99 | below ${target} ms | CPU: service | PostgreSQL | load |`,
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const [name, paths] of await reads(database)) {
    print(name);
    const before = [await cpuTime(service.pid), await database.cpuTime()];
    const result = await generator.ask({
      url: service.url,
      kind: 'read',
      paths,
      token,
      connections,
      seconds,
      records,
    });
    const after = [await cpuTime(service.pid), await database.cpuTime()];
    rows.push(
      row(
        name,
        result,
        after.map((time, index) => (time ?? NaN) - (before[index] ?? NaN)),
      ),
    );
  }
  console.log(`\n${rows.join('\n')}`);
});

/** One line of the table. CPU times are for one request: if they add up to all cores, those are the limit. */
function row(name: string, result: LoadResult, used: readonly number[]): string {
  const { requests, requestsPerSecond, p50, p99, generatorLoad } = result;
  const cpu = [...used.map((time) => time / requests), (generatorLoad * 1000) / requestsPerSecond];
  const cells = [
    name,
    Math.round(requestsPerSecond),
    `${p50.toFixed(1)} ms`,
    `${p99.toFixed(1)} ms`,
    p99 < target ? 'yes' : 'no',
    ...cpu.map((time) => `${time.toFixed(2)} ms`),
  ];
  return `| ${cells.join(' | ')} |`;
}

async function makeDeep({ owner }: BenchDatabase): Promise<void> {
  await owner.query(`INSERT INTO policies (agency, id, title) VALUES ($1, 'deep', 'Version 1')`, [agency]);
  for (let version = 2; version <= depth; version++)
    await owner.query(`UPDATE policies SET title = $2 WHERE agency = $1 AND id = 'deep'`, [
      agency,
      `Version ${version}`,
    ]);
  await owner.query('VACUUM ANALYZE');
}

async function reads({ owner }: BenchDatabase): Promise<Reads> {
  const instants = async (id: string): Promise<string[]> => {
    const { rows } = await owner.query<{ instant: string }>(
      `SELECT to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS instant
       FROM hms.changes WHERE resource = 'policies' AND agency = $1 AND record_id = $2`,
      [agency, id],
    );
    return rows.map(({ instant }) => encodeURIComponent(instant));
  };
  const [deep, shallow] = [await instants('deep'), await instants(recordId(1))];
  const many = (path: () => string): string[] => Array.from({ length: variety }, path);
  const version = (): number => 2 + Math.floor(Math.random() * (depth - 1));
  const versions = '/api/policies/deep/versions';
  const pageAnywhere = (instant: string): string => {
    const cursors = new ListCursors('policies', agency, { limit: 25, asOf: decodeURIComponent(instant) });
    const cursor = cursors.encode([recordId(1 + Math.floor(Math.random() * records))]);
    return `/api/policies?asOf=${instant}&cursor=${cursor}`;
  };
  return [
    ['a record as of an instant, of 5,000 versions', many(() => `/api/policies/deep?asOf=${oneOf(deep)}`)],
    ['a page of records as of an instant', many(() => pageAnywhere(oneOf(shallow)))],
    ['the newest versions of a record', [versions]],
    ['a page of versions, anywhere', many(() => `${versions}?cursor=${encodeCursor(version())}`)],
    ['a version, anywhere', many(() => `${versions}/${version()}`)],
    ['a diff with the version before', many(() => `${versions}/${version()}/diff`)],
    ['a diff with any version', many(() => `${versions}/${version()}/diff?against=${version()}`)],
    ['the newest entries of the audit trail', ['/api/audit']],
    ['entries of the trail before an instant', many(() => `/api/audit?to=${oneOf(shallow)}`)],
    ['entries of the trail about a record', many(() => `/api/audit?record=deep&to=${oneOf(deep)}`)],
    ['entries of the trail that nobody has made', many(() => `/api/audit?actor=nobody&to=${oneOf(shallow)}`)],
  ];
}

function oneOf(values: readonly string[]): string {
  return values[Math.floor(Math.random() * values.length)] ?? '';
}
