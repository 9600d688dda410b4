import { Registry } from '@prometheus-io/client';
import { Pool } from 'pg';
import type { Settings } from '../../src/platform/config/settings.js';
import { SyncMetrics } from '../../src/platform/operations/metrics/sync-metrics.js';
import { SecretSealer } from '../../src/platform/sync/targets/secret-sealer.js';
import type { SyncObserver } from '../../src/platform/sync/observation/sync-observer.js';
import type { DeliveryClient } from '../../src/platform/sync/delivery/delivery-client.js';
import { Solitude } from '../../src/platform/sync/delivery/solitude.js';
import { grantDatabase } from '../../src/platform/database/embedded/provision.js';
import { SyncEngine } from '../../src/platform/sync/sync-engine.js';
import { TargetTypes } from '../../src/platform/sync/target-types/target-types.js';
import type { SyncedResource } from '../../src/platform/sync/synced-resource.js';
import { createDatabases, superuserPool, type TestDatabases } from './cluster.js';
import { deliveryClient } from './delivery-client.js';
import { until } from './gate.js';
import { Receiver } from './receiver.js';

export const secret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';

export const policies: SyncedResource = {
  name: 'policies',
  type: 'policy',
  database: 'policy',
  table: 'policies',
};

const ignore = (): void => undefined;
export const silentObserver = {
  attempted: ignore,
  claimed: ignore,
  fenced: ignore,
  leaseLost: ignore,
  turned: ignore,
} satisfies SyncObserver;

/** PolicyDB with a receiver, and engines that a test starts as it needs them. */
export class SyncFixture {
  readonly errors: string[] = [];
  readonly warnings: string[] = [];
  readonly infos: string[] = [];
  /** Seconds that each claim of an engine took. */
  readonly claimTimes: number[] = [];
  private readonly engines: SyncEngine[] = [];
  private readonly registry = new Registry();
  private readonly metrics = new SyncMetrics(this.registry);

  private constructor(
    readonly databases: TestDatabases,
    readonly receiver: Receiver,
    /** The owner's login: writes records as an operator would. */
    readonly owner: Pool,
    readonly superuser: Pool,
  ) {}

  static async start(): Promise<SyncFixture> {
    const databases = await createDatabases();
    const owner = new Pool({ connectionString: databases.addresses.policy.migrationUrl, max: 12 });
    owner.on('error', () => undefined);
    return new SyncFixture(databases, await Receiver.start(), owner, superuserPool(databases.names.policy));
  }

  /** Settings of sync, with the receiver as target. */
  settings(changes: Partial<Settings['sync']> = {}): Settings['sync'] {
    return {
      target: { name: 'environment', url: this.receiver.url, secret },
      timeout: 2_000,
      lease: 10_000,
      concurrency: 16,
      pauseLimit: 30 * 24 * 3_600_000,
      attemptRetention: 30 * 24 * 3_600_000,
      ...changes,
    };
  }

  client(settings: Settings['sync']): DeliveryClient {
    return deliveryClient({ idleConnections: settings.concurrency });
  }

  async engine(
    changes: Partial<Settings['sync']> = {},
    wrap: (client: DeliveryClient) => Pick<DeliveryClient, 'post'> = (client) => client,
  ): Promise<SyncEngine> {
    const settings = this.settings(changes);
    const engine = new SyncEngine({
      database: 'policy',
      url: this.databases.addresses.policy.url,
      resources: [policies],
      settings,
      pollInterval: 250,
      observer: {
        ...silentObserver,
        claimed: (_database, _count, seconds) => void this.claimTimes.push(seconds),
        fenced: (database, count) => this.metrics.fenced(database, count),
        leaseLost: (database, count) => this.metrics.leaseLost(database, count),
      },
      sealer: new SecretSealer([]),
      types: new TargetTypes(),
      client: wrap(this.client(settings)),
      solitude: new Solitude(),
      log: {
        error: (message: string) => this.errors.push(message),
        warn: (message: string) => this.warnings.push(message),
        log: (message: string) => this.infos.push(message),
      },
    });
    this.engines.push(engine);
    await engine.start();
    return engine;
  }

  /** What the metric of acknowledgements that came too late, or of those that were given up, has counted. */
  async counted(what: 'fenced_acknowledgements' | 'leases_lost'): Promise<number> {
    const metric = await this.registry.getSingleMetric(`hms_sync_${what}_total`)?.get();
    return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? Number.NaN;
  }

  async create(id: string, agency = 'hhs'): Promise<void> {
    await this.owner.query('INSERT INTO policies (agency, id, title) VALUES ($1, $2, $3)', [
      agency,
      id,
      `${id} v1`,
    ]);
  }

  async update(id: string, agency = 'hhs'): Promise<void> {
    await this.owner.query("UPDATE policies SET title = 'v' || version + 1 WHERE agency = $1 AND id = $2", [
      agency,
      id,
    ]);
  }

  /** Waits until the target has all there is. */
  async caughtUp(patience?: number): Promise<void> {
    await until(
      'all is delivered',
      async () => {
        const { rows } = await this.superuser.query<{ pending: string }>(
          'SELECT count(*) AS pending FROM hms.sync_cursors WHERE due_at IS NOT NULL',
        );
        return rows[0]?.pending === '0';
      },
      patience,
    );
  }

  /** Makes the target before there is anything to deliver, and changes it: `mode = 'latest'`. */
  async prepareTarget(assignments: string): Promise<void> {
    await (await this.engine()).stop();
    await this.superuser.query(`UPDATE hms.sync_targets SET ${assignments}`);
  }

  /** What the database says of the target's breaker. */
  async breaker(): Promise<Record<string, unknown>> {
    const { rows } = await this.superuser.query<Record<string, unknown>>(
      `SELECT *, extract(epoch FROM quiet_until - clock_timestamp())::float8 AS quiet_for FROM hms.sync_breakers`,
    );
    return rows[0] ?? {};
  }

  /** Lets the next probe of an open breaker be sent now, so that a test need not wait for its time. */
  async probeNow(): Promise<void> {
    await this.retryNow();
    await this.superuser.query('UPDATE hms.sync_breakers SET probe_at = clock_timestamp()');
  }

  /** Ends the pauses before further attempts. */
  async retryNow(): Promise<void> {
    await this.superuser.query(
      'UPDATE hms.sync_cursors SET due_at = now() WHERE due_at > now() AND claim IS NULL',
    );
  }

  /** Waits for a failed attempt at a record, and has the next one be the attempt with this number. */
  async hasten(id: string, attempt: number): Promise<void> {
    await until(`an attempt at ${id} counted`, async () => {
      const { rowCount } = await this.superuser.query(
        `UPDATE hms.sync_cursors SET attempts = $2, due_at = now()
         WHERE record_id = $1 AND claim IS NULL AND attempts > 0 AND held_at IS NULL`,
        [id, attempt - 1],
      );
      return (rowCount ?? 0) > 0;
    });
  }

  /** Inserts a row as a superuser, and returns its id. */
  async insert(statement: string, values: unknown[] = []): Promise<number> {
    const { rows } = await this.superuser.query<{ id: number }>(`${statement} RETURNING id`, values);
    return rows[0]?.id ?? 0;
  }

  async cursor(id: string): Promise<Record<string, unknown>> {
    const { rows } = await this.superuser.query<Record<string, unknown>>(
      'SELECT * FROM hms.sync_cursors WHERE record_id = $1',
      [id],
    );
    return rows[0] ?? {};
  }

  /** Copies PolicyDB, as a backup would, while nobody works on it. */
  async copy(name: string): Promise<void> {
    const { policy } = this.databases.names;
    await this.administer(
      endSessions(policy),
      `CREATE DATABASE ${name} TEMPLATE ${policy} STRATEGY file_copy`,
    );
  }

  /** Puts a copy in the place of PolicyDB. */
  async putBack(name: string): Promise<void> {
    const { policy } = this.databases.names;
    await this.administer(
      endSessions(policy),
      `DROP DATABASE ${policy}`,
      `CREATE DATABASE ${policy} TEMPLATE ${name} STRATEGY file_copy`,
    );
    // A copy has neither the rights on the database nor its settings.
    const pool = superuserPool('postgres');
    const client = await pool.connect();
    await grantDatabase(client, policy);
    client.release();
    await pool.end();
  }

  /** Runs statements beside the test's databases, as a superuser. */
  async administer(...statements: string[]): Promise<void> {
    const pool = superuserPool('postgres');
    try {
      for (const statement of statements) await pool.query(statement);
    } finally {
      await pool.end();
    }
  }

  /** Stops every engine that still runs. */
  async stopEngines(): Promise<void> {
    await Promise.all(this.engines.splice(0).map((engine) => engine.stop()));
  }

  async end(): Promise<void> {
    await this.stopEngines();
    await this.receiver.down();
    await Promise.all([this.owner.end(), this.superuser.end()]);
    await this.databases.drop();
  }
}

/** The pools open new ones when they need them. */
const endSessions = (database: string): string =>
  `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '${database}'`;
