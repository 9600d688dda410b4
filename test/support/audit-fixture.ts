import { setTimeout as pause } from 'node:timers/promises';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client, type ClientBase, Pool } from 'pg';
import { type AuditKeys, pemOf, readAuditKeys } from '../../src/platform/audit/integrity/audit-key.js';
import { CheckpointLog } from '../../src/platform/audit/integrity/checkpoint-log.js';
import { CheckpointWriter } from '../../src/platform/audit/integrity/checkpoint-writer.js';
import { exportLog } from '../../src/platform/audit/integrity/export-log.js';
import type { Finding } from '../../src/platform/audit/integrity/finding.js';
import { NoteFile } from '../../src/platform/audit/integrity/note-file.js';
import { LogProver } from '../../src/platform/audit/integrity/log-prover.js';
import { SubtreeFile } from '../../src/platform/audit/integrity/subtree-file.js';
import { type VerifiedLog, verifyLog } from '../../src/platform/audit/integrity/verify-log.js';
import { ChangeRemover } from '../../src/platform/audit/retention/change-remover.js';
import type { DatabaseAddress } from '../../src/platform/config/settings.js';
import { grantDatabase } from '../../src/platform/database/embedded/provision.js';
import { addressOf, superuserPool, templateOf } from './cluster.js';

const database = 'policy';
const tables = [{ name: 'policies', table: 'policies', database }] as const;

/** A verification, run to its end. */
export interface Verified extends VerifiedLog {
  readonly findings: readonly Finding[];
}

/** A log with its checkpoints, which a test may do anything to. */
export class AuditFixture {
  /** Sessions with every right. */
  readonly superuser: Pool;
  readonly keys: AuditKeys;
  private readonly application: Pool;

  private constructor(
    readonly name: string,
    /** Folder of the checkpoints and of the key. */
    readonly directory: string,
  ) {
    this.superuser = superuserPool(name);
    this.application = new Pool({ connectionString: addressOf(name).url, max: 3 });
    this.application.on('error', () => undefined);
    this.keys = keysIn(directory);
  }

  /** An empty log, or a copy of another one, which must not be in use. */
  static async create(source?: AuditFixture): Promise<AuditFixture> {
    const name = `audit_${Math.random().toString(36).slice(2)}`;
    await source?.disconnect();
    await cloneDatabase(source?.name ?? templateOf(database), name);
    const directory = mkdtempSync(join(tmpdir(), 'hms-audit-'));
    if (source) cpSync(source.directory, directory, { recursive: true });
    return new AuditFixture(name, directory);
  }

  /** Puts the database of another log, as it is now, in the place of this one's; the checkpoints stay. */
  async putBack(backup: AuditFixture): Promise<AuditFixture> {
    await Promise.all([this.disconnect(), backup.disconnect()]);
    await dropDatabase(this.name);
    await cloneDatabase(backup.name, this.name);
    return new AuditFixture(this.name, this.directory);
  }

  /** A writer as another process would have it: with nothing in memory. */
  writer(directory = this.directory): CheckpointWriter {
    return new CheckpointWriter(this.application, this.log(directory), new SubtreeFile(directory, database));
  }

  /** Writes a checkpoint over what is there, and returns its number of entries. */
  async sign(): Promise<number> {
    const { written } = await this.writer().turn();
    if (!written) throw new Error('Nothing was signed.');
    return written.size;
  }

  log(directory = this.directory): CheckpointLog {
    return new CheckpointLog(directory, database, this.keys);
  }

  /** The records of what was removed. */
  retentions(): NoteFile {
    return new NoteFile(this.directory, database, 'retention');
  }

  /** The two logins' addresses of the database. */
  addresses(): DatabaseAddress {
    return addressOf(this.name);
  }

  /** The clock of the database. */
  async now(): Promise<string> {
    const { rows } = await this.superuser.query<{ now: string }>(
      `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now`,
    );
    return rows[0]?.now ?? '';
  }

  /** Removes what was replaced before an instant; returns how many each transaction removed. */
  async retain(replacedBefore: string, announce = async (): Promise<void> => undefined): Promise<number[]> {
    const checkpoint = await this.log().last();
    if (!checkpoint) throw new Error('There is no checkpoint.');
    const client = new Client({ connectionString: addressOf(this.name).migrationUrl });
    await client.connect();
    try {
      const remover = new ChangeRemover({ client, notes: this.retentions(), keys: this.keys, announce });
      const removed: number[] = [];
      for await (const count of remover.remove({ table: tables[0], replacedBefore, checkpoint }))
        removed.push(count);
      return removed;
    } finally {
      await client.end();
    }
  }

  prover(): LogProver {
    return new LogProver(this.application, this.log(), new SubtreeFile(this.directory, database));
  }

  async make(...ids: string[]): Promise<void> {
    for (const id of ids)
      await this.superuser.query(`INSERT INTO policies (agency, id, title) VALUES ('hhs', $1, 'First')`, [
        id,
      ]);
    await this.settled();
  }

  async change(id: string, title: string): Promise<void> {
    await this.superuser.query('UPDATE policies SET title = $2 WHERE id = $1', [id, title]);
    await this.settled();
  }

  /**
   * Waits until the newest entry lies below the oldest running transaction of the server, which the databases
   * of other test files share. A test that holds a transaction open itself goes on after three seconds.
   */
  private async settled(): Promise<void> {
    const deadline = Date.now() + 3_000;
    while (Date.now() < deadline) {
      const { rows } = await this.superuser.query<{ settled: boolean }>(
        'SELECT coalesce(max(xid::text::bigint)::text::xid8 < pg_snapshot_xmin(pg_current_snapshot()), true) AS settled FROM hms.changes',
      );
      if (rows[0]?.settled) return;
      await pause(10);
    }
  }

  /** Does what only a superuser can: runs statements with every trigger of the log and the records off. */
  async tamper(statements: string): Promise<void> {
    await this.superuser.query(
      `ALTER TABLE hms.changes DISABLE TRIGGER ALL; ALTER TABLE policies DISABLE TRIGGER ALL;
       ALTER TABLE hms.removed_changes DISABLE TRIGGER ALL;
       ALTER TABLE hms.changes ALTER seq SET GENERATED BY DEFAULT; ${statements}`,
    );
  }

  async verify(): Promise<Verified> {
    const verification = verifyLog({
      pool: this.application,
      database,
      tables,
      checkpoints: this.log().file.all(),
      retentions: this.retentions(),
      keys: this.keys.accepted,
    });
    const findings: Finding[] = [];
    let step = await verification.next();
    for (; !step.done; step = await verification.next()) findings.push(step.value);
    return { ...step.value, findings };
  }

  /** Exports the log and has the script verify it. */
  async verifyExport(): Promise<{ code: number; output: string }> {
    const file = join(this.directory, 'export.ndjson');
    const client = await this.application.connect();
    const notes = { checkpoints: this.log().file.all(), retentions: this.retentions() };
    const lines = exportLog(client, { ...notes, keys: this.keys.accepted });
    try {
      await pipeline(Readable.from(lines), createWriteStream(file));
    } finally {
      client.release(true);
    }
    return this.runScript([file]);
  }

  /** Has the script verify a proof. */
  verifyProof(proof: object): Promise<{ code: number; output: string }> {
    const file = join(this.directory, 'proof.json');
    writeFileSync(file, JSON.stringify(proof));
    return this.runScript(['--proof', file]);
  }

  async drop(): Promise<void> {
    await this.disconnect();
    await dropDatabase(this.name);
    rmSync(this.directory, { recursive: true });
  }

  private runScript(args: string[]): Promise<{ code: number; output: string }> {
    const key = join(this.directory, 'public-key.pem');
    writeFileSync(key, this.keys.accepted.map(pemOf).join(''));
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        ['scripts/verify-log.mjs', '--key', key, ...args],
        (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
      );
    });
  }

  private async disconnect(): Promise<void> {
    await Promise.all(
      [this.superuser, this.application].filter((pool) => !pool.ended).map((pool) => pool.end()),
    );
  }
}

/** Keys that nobody accepts. */
export function foreignKeys(): AuditKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { signing: privateKey, accepted: [publicKey] };
}

function keysIn(directory: string): AuditKeys {
  return readAuditKeys({
    directory,
    keyFile: join(directory, 'private-key.pem'),
    makesKey: true,
    interval: 60_000,
  });
}

const cloneDatabase = (source: string, name: string): Promise<void> =>
  administer(async (client) => {
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${source} STRATEGY file_copy`);
    await grantDatabase(client, name);
  });

const dropDatabase = (name: string): Promise<void> =>
  administer(async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });

async function administer(work: (client: ClientBase) => Promise<void>): Promise<void> {
  const pool = superuserPool('postgres');
  const client = await pool.connect();
  try {
    await work(client);
  } finally {
    client.release();
    await pool.end();
  }
}
