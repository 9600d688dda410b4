import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { publicKeysOf, readAuditKeys } from '../platform/audit/integrity/audit-key.js';
import { auditPool } from '../platform/audit/integrity/audited-log.js';
import { findingLine } from '../platform/audit/integrity/finding.js';
import { NoteFile } from '../platform/audit/integrity/note-file.js';
import { verifyLog } from '../platform/audit/integrity/verify-log.js';
import { databaseNames } from '../platform/config/settings.js';
import { StartupError } from '../platform/config/startup.error.js';
import { auditSettings, type AuditSource, auditSource } from './audit-source.js';

/** Findings that are printed of one log; the rest is counted. */
const printed = 100;

/**
 * Verifies whole logs against their checkpoints and tells what is wrong, a line for each finding:
 * `npm run -s audit:verify [-- policy market] [--checkpoints <folder>] [--public-key <file>]`.
 * Ends with 1 if anything is wrong.
 */
async function verify(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { checkpoints: { type: 'string' }, 'public-key': { type: 'string' } },
  });
  const settings = auditSettings();
  const keyFile = values['public-key'];
  const keys =
    keyFile === undefined ? readAuditKeys(settings).accepted : publicKeysOf(readFileSync(keyFile, 'utf8'));
  let good = true;
  for (const name of positionals.length > 0 ? positionals : databaseNames) {
    const source = await auditSource(name);
    const folder = values.checkpoints ?? settings.directory;
    const checkpoints = new NoteFile(folder, source.name, 'checkpoint').all();
    const retentions = new NoteFile(folder, source.name, 'retention');
    good = (await verifyOne(source, { checkpoints, retentions, keys })) && good;
  }
  return good;
}

async function verifyOne(
  { name, url, tables }: AuditSource,
  evidence: Pick<Parameters<typeof verifyLog>[0], 'checkpoints' | 'retentions' | 'keys'>,
): Promise<boolean> {
  const pool = auditPool(url);
  try {
    const began = performance.now();
    const verification = verifyLog({ pool, database: name, tables, ...evidence });
    let findings = 0;
    let step = await verification.next();
    for (; !step.done; step = await verification.next()) {
      findings += 1;
      if (findings <= printed) console.log(`${name}: ${findingLine(step.value)}`);
    }
    const { entries, removed, covered } = step.value;
    const rate = Math.round(entries / ((performance.now() - began) / 1000));
    const verdict = findings === 0 ? 'nothing is wrong' : `${findings} findings`;
    console.log(
      `${name}: ${verdict}; ${entries} entries, ${covered} of them under a checkpoint, ${removed} removed (${rate} entries/s)`,
    );
    return findings === 0;
  } finally {
    await pool.end();
  }
}

try {
  if (!(await verify())) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 2;
}
