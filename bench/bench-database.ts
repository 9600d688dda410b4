import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { migrateAll } from '../src/migrate.js';
import type { DatabaseAddresses } from '../src/platform/database/database-addresses.js';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../src/platform/database/embedded/embedded-postgres.js';
import { cpuTimeOfTree } from './process-usage.js';
import { agency } from './records.js';

/** Milliseconds that deliveries may take until nothing is left. */
const drainLimit = 120_000;
/** Milliseconds after which a dispatcher has read the targets again, with some to spare. */
const targetRefresh = 2_000;

/** A durable embedded PostgreSQL in a folder of its own, as the service would run it, with the owner's session. */
export class BenchDatabase {
  private stopped: Promise<void> | undefined;

  private constructor(
    /** The folder, as the service takes it in `DATA_DIR`. */
    readonly directory: string,
    readonly addresses: DatabaseAddresses,
    /** The owner of PolicyDB. */
    readonly owner: Client,
    private readonly postgres: EmbeddedPostgres,
  ) {}

  static async start(): Promise<BenchDatabase> {
    const directory = await mkdtemp(join(tmpdir(), 'hms-bench-'));
    // Run by root, the server is another user, who must get through to its files.
    await chmod(directory, 0o711);
    const postgres = await startEmbeddedPostgres(directory);
    await migrateAll(postgres.addresses);
    const owner = new Client({ connectionString: postgres.addresses.policy.migrationUrl });
    await owner.connect();
    return new BenchDatabase(directory, postgres.addresses, owner, postgres);
  }

  /** Makes the same records for the service and, in a schema `bench`, for the bare server. */
  async fill(records: number): Promise<void> {
    await this.owner.query(`
      CREATE SCHEMA bench;
      CREATE TABLE bench.policies (LIKE public.policies INCLUDING ALL) WITH (fillfactor = 80);
      CREATE TABLE bench.history (
        agency text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, version integer NOT NULL,
        document text NOT NULL, changed_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (agency, id, version));
      CREATE TABLE bench.outbox (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        agency text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, version integer NOT NULL)`);
    for (const table of ['public.policies', 'bench.policies'])
      await this.owner.query(
        `INSERT INTO ${table} (agency, id, title, description, status, rules, tags)
         SELECT $1, 'p' || n, 'Winter heating allowance ' || n, 'Eligible for benefit through Dec 2025',
           'published', '{"all": [{"op": "lt", "fact": "householdIncome", "value": 24000}]}', '{energy,winter}'
         FROM generate_series(1, $2::int) n`,
        [agency, records],
      );
    await this.owner.query('VACUUM ANALYZE');
    await this.owner.query('CHECKPOINT').catch(() => undefined);
  }

  /** Versions that the external system has not got yet. */
  async backlog(): Promise<number> {
    const { rows } = await this.owner.query<{ versions: number }>(
      `SELECT coalesce(sum(latest_version - delivered_version), 0)::int AS versions
       FROM hms.sync_cursors WHERE pending_since IS NOT NULL`,
    );
    return rows[0]?.versions ?? 0;
  }

  /** Holds deliveries back, or lets them go on; resolves when every dispatcher knows. */
  async pauseTargets(paused: boolean): Promise<void> {
    await this.owner.query('UPDATE hms.sync_targets SET paused = $1', [paused]);
    await pause(targetRefresh);
  }

  /** CPU time of the server and its sessions in milliseconds; undefined where there is no /proc. */
  async cpuTime(): Promise<number | undefined> {
    const file = await readFile(join(this.directory, 'postgres', 'data', 'postmaster.pid'), 'utf8');
    return cpuTimeOfTree(Number.parseInt(file, 10));
  }

  /** Waits until everything is delivered. */
  async drained(): Promise<void> {
    const deadline = Date.now() + drainLimit;
    while (await this.isPending()) {
      if (Date.now() > deadline)
        throw new Error(`After ${drainLimit / 1000} seconds not everything was delivered.`);
      await pause(50);
    }
  }

  /** Stops the server and keeps the folder. May be called again. */
  async stop(): Promise<void> {
    this.stopped ??= this.owner.end().then(() => this.postgres.stop());
    await this.stopped;
  }

  /** Stops the server and deletes the folder. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async isPending(): Promise<boolean> {
    const { rows } = await this.owner.query<{ pending: boolean }>(
      `SELECT EXISTS (SELECT FROM hms.sync_cursors WHERE pending_since IS NOT NULL)
         OR EXISTS (SELECT FROM hms.sync_jobs WHERE state = 'running') AS pending`,
    );
    return rows[0]?.pending ?? true;
  }
}
