import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readAuditKeys } from '../platform/audit/integrity/audit-key.js';
import { auditPool } from '../platform/audit/integrity/audited-log.js';
import { exportLog } from '../platform/audit/integrity/export-log.js';
import { NoteFile } from '../platform/audit/integrity/note-file.js';
import { StartupError } from '../platform/config/startup.error.js';
import { auditSettings, auditSource } from './audit-source.js';

/** Writes a whole log and its signed notes to standard output: `npm run -s audit:export -- policy > log.ndjson`. */
async function exportOne(argument: string): Promise<void> {
  const settings = auditSettings();
  const { name, url } = await auditSource(argument);
  const pool = auditPool(url);
  const client = await pool.connect();
  try {
    const lines = exportLog(client, {
      checkpoints: new NoteFile(settings.directory, name, 'checkpoint').all(),
      retentions: new NoteFile(settings.directory, name, 'retention'),
      keys: readAuditKeys(settings).accepted,
    });
    await pipeline(Readable.from(lines), process.stdout);
  } finally {
    client.release();
    await pool.end();
  }
}

try {
  await exportOne(process.argv[2] ?? '');
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
