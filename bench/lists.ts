import { ListCursors } from '../src/platform/records/lists/list-cursor.js';
import { BenchDatabase } from './bench-database.js';
import { fillLists, rareMatches } from './fill-lists.js';
import { HelperProcess } from './helper-process.js';
import type { Load, LoadResult } from './load-generator.js';
import { untilIdle } from './process-usage.js';
import { agency } from './records.js';
import { print, run } from './run.js';
import { authorization, databaseVariables } from './service-environment.js';
import { ServiceProcess } from './service-process.js';
import { thousands } from './table.js';

/** Numbers of policies that the same is measured with. */
const sizes = [10_000, Number(process.argv[2] ?? 1_000_000)];
const connections = 4;
const seconds = 3;
/** Different requests of each kind. */
const variety = 300;
/** How much longer a request may take with the most policies than with the fewest. */
const target = 1.5;

/** What is asked for, by name. */
type Lists = readonly [name: string, queries: readonly string[]][];

/** Measures lists of few and of many policies over HTTP: `npm run bench:lists -- [policies]`. */
await run(async (started) => {
  const database = await BenchDatabase.start();
  started.defer(() => database.remove());
  const service = await ServiceProcess.start({
    DATA_DIR: database.directory,
    ...databaseVariables(database),
  });
  started.defer(() => service.stop());
  const generator = await HelperProcess.start<Load, LoadResult>('load-generator.ts');
  started.defer(() => generator.stop());
  const token = authorization(database.directory, ['policies:read']);
  const times = new Map<string, number[]>();
  for (const size of sizes) {
    print(`making ${thousands(size)} policies`);
    await fillLists(database, size);
    await untilIdle(service.pid);
    for (const [name, queries] of await lists(database)) {
      print(name);
      const paths = queries.map((query) => `/api/policies?${query}`);
      const load = {
        url: service.url,
        kind: 'read' as const,
        paths,
        token,
        connections,
        seconds,
        records: size,
      };
      const { p50 } = await generator.ask(load);
      times.set(name, [...(times.get(name) ?? []), p50]);
    }
  }
  console.log(`\n${report(times)}`);
});

async function lists({ owner }: BenchDatabase): Promise<Lists> {
  const { rows } = await owner.query<{ id: string; updated: string; code: string }>(
    'SELECT id, updated_at::text AS updated, code FROM policies ORDER BY random() LIMIT $1',
    [variety],
  );
  const cursor = (query: object, ...place: string[]): string =>
    new ListCursors('policies', agency, { limit: 25, ...query }).encode(place);
  const newest = { sort: ['-updatedAt'] };
  return [
    ['the first page', ['']],
    ['a page anywhere', rows.map(({ id }) => `cursor=${cursor({}, id)}`)],
    ['the first page, sort=-updatedAt', ['sort=-updatedAt']],
    [
      'a page anywhere, sort=-updatedAt',
      rows.map(({ id, updated }) => `sort=-updatedAt&cursor=${cursor(newest, updated, id)}`),
    ],
    ['status=published, sort=title', ['status=published&sort=title']],
    ['code[prefix] of one', rows.map(({ code }) => `code[prefix]=${code.slice(0, -1)}`)],
    [
      'effectiveOn, sort=-updatedAt',
      rows.map((_row, n) => `effectiveOn=${2010 + (n % 15)}-06-15&sort=-updatedAt`),
    ],
    ['effectiveOn a day before nearly all', ['effectiveOn=2010-01-03']],
    [`q, a word of ${rareMatches} policies`, ['q=snowplough']],
    ['q, a word of 1 in 100 policies', ['q=insulate']],
    ['q, two words of all policies', ['q=low%20income']],
    ['q, a word of 1 in 100, sort=-updatedAt', ['q=insulate&sort=-updatedAt']],
    ['total=true', ['total=true']],
  ];
}

function report(times: ReadonlyMap<string, readonly number[]>): string {
  const rows = [...times].map(([name, [few = Number.NaN, many = Number.NaN]]) => {
    const ratio = many / few;
    const verdict = ratio <= target ? 'yes' : 'no';
    return `| ${name} | ${few.toFixed(1)} ms | ${many.toFixed(1)} ms | ${ratio.toFixed(2)} | ${verdict} |`;
  });
  return [
    `| ${connections} clients, median | ${sizes.map((size) => `${thousands(size)} policies`).join(' | ')} | ratio | at most ${target} |`,
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
