import { parseArgs } from 'node:util';
import { resources } from '../app.module.js';
import { auditPool } from '../platform/audit/integrity/audited-log.js';
import { databaseNames } from '../platform/config/settings.js';
import { StartupError } from '../platform/config/startup.error.js';
import type { Difference, ReconciledTable } from '../platform/records/reconciliation/reconciled-table.js';
import { findDelays, reconcileTable } from '../platform/records/reconciliation/reconcile-table.js';
import { syncedResourceOf } from '../platform/records/resource-lists.js';
import { type AuditSource, auditSource } from './audit-source.js';

/** Differences that are printed of one resource; the rest is counted. */
const printed = 100;
const usage = 'Usage: npm run -s reconcile -- [policy] [market] [--pending-minutes 15]';

/**
 * Compares records, log and cursors: `npm run -s reconcile [-- policy market] [--pending-minutes 15]`. Ends with 1
 * if anything differs. What waits for longer than so many minutes is told, and is no difference.
 */
async function reconcile(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'pending-minutes': { type: 'string', default: '15' } },
  });
  const minutes = Number(values['pending-minutes']);
  if (!(minutes >= 0)) throw new StartupError(`--pending-minutes must be a number of minutes. ${usage}`);
  let good = true;
  for (const name of positionals.length > 0 ? positionals : databaseNames)
    good = (await reconcileOne(await auditSource(name), minutes)) && good;
  return good;
}

async function reconcileOne({ name, url }: AuditSource, minutes: number): Promise<boolean> {
  const pool = auditPool(url);
  let good = true;
  try {
    for (const resource of resources.filter(({ database }) => database === name)) {
      const table = { resource: resource.name, table: syncedResourceOf(resource).table };
      good = (await report(table, reconcileTable(pool, table))) && good;
      for (const { target, records, since } of await findDelays(pool, table, minutes))
        console.log(
          `${table.resource}: warning: ${records} records wait for ${target}, the oldest since ${since}`,
        );
    }
    return good;
  } finally {
    await pool.end();
  }
}

async function report(
  { resource }: ReconciledTable,
  differences: AsyncGenerator<Difference, number>,
): Promise<boolean> {
  let count = 0;
  let step = await differences.next();
  for (; !step.done; step = await differences.next()) {
    count += 1;
    const { agency, id, target, detail } = step.value;
    if (count <= printed)
      console.log(`${resource}: ${agency}/${id}${target === undefined ? '' : ` for ${target}`}: ${detail}`);
  }
  const verdict = count === 0 ? 'nothing differs' : `${count} differences`;
  console.log(`${resource}: ${verdict}; ${step.value} records compared`);
  return count === 0;
}

try {
  if (!(await reconcile())) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 2;
}
