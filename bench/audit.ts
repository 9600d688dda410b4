import { join } from 'node:path';
import { memoryUsage } from 'node:process';
import { Pool } from 'pg';
import { resources } from '../src/app.module.js';
import { readAuditKeys } from '../src/platform/audit/integrity/audit-key.js';
import { auditedTables } from '../src/platform/audit/integrity/audited-table.js';
import { CheckpointLog } from '../src/platform/audit/integrity/checkpoint-log.js';
import { CheckpointWriter } from '../src/platform/audit/integrity/checkpoint-writer.js';
import { exportLog } from '../src/platform/audit/integrity/export-log.js';
import { NoteFile } from '../src/platform/audit/integrity/note-file.js';
import { LogProver } from '../src/platform/audit/integrity/log-prover.js';
import { SubtreeFile } from '../src/platform/audit/integrity/subtree-file.js';
import { verifyLog } from '../src/platform/audit/integrity/verify-log.js';
import { BenchDatabase } from './bench-database.js';
import { fillHistory } from './fill-history.js';
import { agency, recordId } from './records.js';
import { run } from './run.js';
import { percentile } from './statistics.js';

const records = 10_000;
/** Versions of each record; their product with the records is the length of the log. */
const versions = Number(process.argv[2] ?? 20);
const proofs = 300;

/** Measures what it takes to sign, verify, export and prove a log: `npm run bench:audit -- [versions]`. */
await run(async (started) => {
  const database = await BenchDatabase.start();
  started.defer(() => database.remove());
  const pool = new Pool({ connectionString: database.addresses.policy.url, max: 2 });
  started.defer(() => pool.end());
  await fillHistory(database, { records, versions });
  console.log(await measure(pool, join(database.directory, 'audit')));
});

async function measure(pool: Pool, directory: string): Promise<string> {
  const settings = {
    directory,
    keyFile: join(directory, 'private-key.pem'),
    makesKey: true,
    interval: 60_000,
  };
  const log = new CheckpointLog(directory, 'policy', readAuditKeys(settings));
  const writer = new CheckpointWriter(pool, log, new SubtreeFile(directory, 'policy'));
  const retentions = new NoteFile(directory, 'policy', 'retention');
  const evidence = () => ({ checkpoints: log.file.all(), retentions, keys: log.keys.accepted });
  const tables = auditedTables(resources).filter(({ database }) => database === 'policy');
  const entries = records * versions;
  const signing = await timed(() => writer.turn());
  const turn = await timed(() => writer.turn());
  const before = memoryUsage.rss();
  const verifying = await timed(() =>
    drained(verifyLog({ pool, database: 'policy', tables, ...evidence() })),
  );
  const grown = (memoryUsage.rss() - before) / 2 ** 20;
  const client = await pool.connect();
  const exporting = await timed(() => drained(exportLog(client, evidence())));
  client.release();
  const prover = new LogProver(pool, log, new SubtreeFile(directory, 'policy'));
  const times: number[] = [];
  for (let proof = 0; proof < proofs; proof++) {
    const [id, version] = [recordId(1 + ((proof * 7919) % records)), 1 + (proof % versions)];
    times.push(await timed(() => prover.prove({ resource: 'policies', agency, id, version })));
  }
  const rate = (milliseconds: number) =>
    `${Math.round((entries / milliseconds) * 1000).toLocaleString('en')}/s`;
  return [
    `| ${entries.toLocaleString('en')} entries | |`,
    '| --- | --- |',
    `| first checkpoint | ${rate(signing)} |`,
    `| a turn of the writer when nothing is new | ${turn.toFixed(0)} ms |`,
    `| verification of log and records | ${rate(verifying)}, memory grew by ${grown.toFixed(0)} MB |`,
    `| export | ${rate(exporting)} |`,
    `| inclusion proof | p50 ${percentile(times, 0.5).toFixed(1)} ms, p99 ${percentile(times, 0.99).toFixed(1)} ms |`,
  ].join('\n');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

async function drained(source: AsyncGenerator<unknown, unknown>): Promise<void> {
  let step = await source.next();
  while (!step.done) step = await source.next();
}
