import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { resources } from '../app.module.js';
import { readAuditKeys } from '../platform/audit/integrity/audit-key.js';
import { auditPool } from '../platform/audit/integrity/audited-log.js';
import { CheckpointLog } from '../platform/audit/integrity/checkpoint-log.js';
import { findingLine } from '../platform/audit/integrity/finding.js';
import { NoteFile } from '../platform/audit/integrity/note-file.js';
import { verifyLog } from '../platform/audit/integrity/verify-log.js';
import { sendToWitness } from '../platform/audit/integrity/witness.js';
import { ChangeRemover } from '../platform/audit/retention/change-remover.js';
import { countEvents, recordRemoval, removeEvents } from '../platform/audit/retention/removal-events.js';
import { keepOthersAway } from '../platform/audit/retention/retention-lock.js';
import { databaseNames } from '../platform/config/settings.js';
import { StartupError } from '../platform/config/startup.error.js';
import { connectionProblem } from '../platform/database/connection-problem.js';
import { auditSettings, type AuditSource, auditSource } from './audit-source.js';

/** Stands for the security events where resources are named. */
const events = 'security-events';
const usage = 'Usage: npm run -s audit:retain -- [--before 2020-01-01] [--resource <name>]… [--apply]';

/** What the command is to do. */
interface Request {
  /** RFC 3339. */
  readonly before: string;
  /** Names of resources, and {@link events}. */
  readonly names: readonly string[];
  /** False: only says what would be removed. */
  readonly apply: boolean;
}

/**
 * Removes versions that a newer one had replaced before an instant, and security events from before it, on the
 * owner's login: `npm run audit:retain -- [--before 2020-01-01] [--resource policies] [--apply]`. The instant is that
 * of `--before`, or lies as many days ago as `AUDIT_RETENTION` says. Without `--apply` it only counts. Removes nothing
 * of a log that does not verify.
 */
async function retain(request: Request): Promise<void> {
  const policy = await auditSource('policy');
  const trail = await connect(policy);
  try {
    for (const name of databaseNames) {
      const source = name === 'policy' ? policy : await auditSource(name);
      const tables = source.tables.filter((table) => request.names.includes(table.name));
      if (tables.length > 0) await retainChanges({ ...source, tables }, request, trail);
    }
    if (request.names.includes(events)) await retainEvents(trail, request);
  } finally {
    await trail.end();
  }
}

async function retainChanges(source: AuditSource, { before, apply }: Request, trail: Client): Promise<void> {
  const settings = auditSettings();
  const keys = readAuditKeys(settings);
  const notes = new NoteFile(settings.directory, source.name, 'retention');
  const checkpoint = await new CheckpointLog(settings.directory, source.name, keys).last();
  if (!checkpoint)
    throw new StartupError(
      `There is no checkpoint of ${source.name} in ${settings.directory}: only what was signed is removed.`,
    );
  const client = await connect(source);
  try {
    await keepOthersAway(client);
    if (apply) await requireSound(source);
    const remover = new ChangeRemover({
      client,
      notes,
      keys,
      announce: async (record, entries) => {
        if (settings.witnessUrl !== undefined)
          await sendToWitness(settings.witnessUrl, record.note, new AbortController().signal);
        await recordRemoval(trail, record, entries);
      },
    });
    for (const table of source.tables) {
      const removal = { table, replacedBefore: before, checkpoint };
      if (!apply) {
        const { versions, records } = await remover.count(removal);
        console.log(`${table.name}: ${versions} versions of ${records} records would be removed.`);
      } else console.log(`${table.name}: ${await sum(remover.remove(removal))} versions removed.`);
    }
  } finally {
    await client.end();
  }
}

async function retainEvents(trail: Client, { before, apply }: Request): Promise<void> {
  if (apply) console.log(`${events}: ${await sum(removeEvents(trail, before))} removed.`);
  else console.log(`${events}: ${await countEvents(trail, before)} would be removed.`);
}

/** What is wrong in a log would be destroyed with its evidence. @throws {StartupError} naming the first finding */
async function requireSound({ name, url }: AuditSource): Promise<void> {
  const { tables } = await auditSource(name);
  const settings = auditSettings();
  const pool = auditPool(url);
  try {
    const verification = verifyLog({
      pool,
      database: name,
      tables,
      checkpoints: new NoteFile(settings.directory, name, 'checkpoint').all(),
      retentions: new NoteFile(settings.directory, name, 'retention'),
      keys: readAuditKeys(settings).accepted,
    });
    const first = await verification.next();
    if (first.done) return;
    throw new StartupError(
      `Nothing is removed, since the log of ${name} does not verify (${findingLine(first.value)}). See npm run audit:verify.`,
    );
  } finally {
    await pool.end();
  }
}

async function connect({ name, migrationUrl }: AuditSource): Promise<Client> {
  const client = new Client({ connectionString: migrationUrl, application_name: 'hms-retain' });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw connectionProblem({ name, url: migrationUrl, login: 'migration' }, error);
  }
  return client;
}

async function sum(counts: AsyncGenerator<number>): Promise<number> {
  let total = 0;
  for await (const count of counts) total += count;
  return total;
}

/** Reads the command line. @throws {StartupError} saying what is wrong and how the command is used */
function readRequest(): Request {
  const { before = retentionBegin(), resource, apply } = readOptions();
  const instant = new Date(before);
  if (!/^\d{4}-\d\d-\d\d(T\S+(Z|[+-]\d\d:\d\d))?$/.test(before) || Number.isNaN(instant.getTime()))
    throw new StartupError(
      `--before must be a date or an instant such as 2020-01-01T00:00:00Z; without it, AUDIT_RETENTION must be set. ${usage}`,
    );
  if (instant.getTime() > Date.now()) throw new StartupError(`--before must be in the past. ${usage}`);
  const known = [...resources.map(({ name }) => name), events];
  const names = resource ?? known;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new StartupError(`There is no resource ${unknown}; say one of ${known.join(', ')}. ${usage}`);
  return { before: instant.toISOString(), names, apply };
}

/** The instant from which on everything is kept, by the settings; empty, where they do not say. */
function retentionBegin(): string {
  const { retention } = auditSettings();
  return retention === undefined ? '' : new Date(Date.now() - retention).toISOString();
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        before: { type: 'string' },
        resource: { type: 'string', multiple: true },
        apply: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new StartupError(`${error instanceof Error ? error.message : String(error)} ${usage}`);
  }
}

try {
  await retain(readRequest());
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
