import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import { locateEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { findPostmaster, isPostgresOf } from '../../src/platform/database/embedded/postmaster.js';
import { AcknowledgedWrites } from './acknowledged-writes.js';
import { createDatabases, superuserPool, type TestDatabases } from './cluster.js';
import { findFaults, type TargetKind } from './delivery-oracle.js';
import { until } from './gate.js';
import { Receiver } from './receiver.js';
import { databaseVariables, ServiceProcess } from './service-process.js';
import { secret } from './sync-fixture.js';
import { TcpProxy } from './tcp-proxy.js';
import { tokens } from './tokens.js';

/** Variables of a service whose leases are long enough that a busy machine ends none. */
export const unhurried = { SYNC_LEASE: '60', SYNC_TIMEOUT: '10' };

/** A receiver, databases and a folder, on which a test starts, kills and starts again the built service. */
export class FaultFixture {
  readonly writes = new AcknowledgedWrites(() => this.token());
  private readonly services: ServiceProcess[] = [];
  private readonly connections: (Pool | Client)[] = [];

  private constructor(
    readonly receiver: Receiver,
    readonly directory: string,
    /** Undefined: the embedded databases. */
    private readonly databases?: TestDatabases,
    /** On the way from the services, but not from the test, to the databases. */
    private readonly proxy?: TcpProxy,
  ) {}

  /** On databases of the test run's server. */
  static async onServer(): Promise<FaultFixture> {
    return new FaultFixture(await Receiver.start(), await newDirectory(), await createDatabases());
  }

  /** On databases of the test run's server that the services reach through a proxy. */
  static async behindProxy(): Promise<{ fixture: FaultFixture; proxy: TcpProxy }> {
    const databases = await createDatabases();
    const proxy = await TcpProxy.to(databases.addresses.policy.url);
    return {
      fixture: new FaultFixture(await Receiver.start(), await newDirectory(), databases, proxy),
      proxy,
    };
  }

  /** On the embedded databases of a new folder. */
  static async embedded(): Promise<FaultFixture> {
    return new FaultFixture(await Receiver.start(), await newDirectory());
  }

  /** What the service is started with: this fixture's databases, and the receiver as its target. */
  variables(): Record<string, string> {
    return {
      DATA_DIR: this.directory,
      SYNC_URL: this.receiver.url,
      SYNC_SECRET: secret,
      SYNC_LEASE: '2',
      SYNC_TIMEOUT: '1',
      ...this.databaseVariables(),
    };
  }

  async service(variables: Record<string, string> = {}): Promise<ServiceProcess> {
    return this.adopt(ServiceProcess.start({ ...this.variables(), ...variables }));
  }

  /** Starts the service without an external system: the demo receives. */
  async demoService(): Promise<ServiceProcess> {
    const variables = this.variables();
    delete variables['SYNC_URL'];
    return this.adopt(ServiceProcess.start(variables));
  }

  token(scopes = 'policies:read policies:write items:read items:write', agency = 'hhs'): string {
    return tokens(this.directory).token(agency, scopes);
  }

  /** A pool on PolicyDB that may read everything; of the embedded server, while that runs. */
  async policyPool(): Promise<Pool> {
    const pool = this.databases
      ? superuserPool(this.databases.names.policy)
      : new Pool({ connectionString: await this.ownerUrl() });
    pool.on('error', () => undefined);
    this.connections.push(pool);
    return pool;
  }

  /** A session in PolicyDB on the owner's login, to write and to hold locks as an operator would. */
  async ownerSession(): Promise<Client> {
    const client = new Client({ connectionString: await this.ownerUrl() });
    client.on('error', () => undefined);
    await client.connect();
    this.connections.push(client);
    return client;
  }

  /** Waits until the target has all there is. */
  async caughtUp(patience?: number): Promise<void> {
    const pool = await this.policyPool();
    await until(
      'all is delivered',
      async () => {
        const { rows } = await pool.query<{ done: boolean }>(
          `SELECT NOT EXISTS (SELECT FROM hms.sync_jobs WHERE state = 'running')
             AND NOT EXISTS (SELECT FROM hms.sync_cursors WHERE due_at IS NOT NULL) AS done`,
        );
        return rows[0]?.done === true;
      },
      patience,
    );
  }

  /** What is wrong with the log, or with what the receiver got; nothing, if all is well. */
  async faults(options?: TargetKind): Promise<string[]> {
    const pool = await this.policyPool();
    return [
      ...(await this.writes.findLogFaults(pool)),
      ...(await findFaults(this.receiver, pool, secret, options)),
    ];
  }

  /** Messages that the receiver got more often than once. */
  get duplicates(): number {
    const { received } = this.receiver;
    return received.length - new Set(received.map(({ record, version }) => `${record} ${version}`)).size;
  }

  /** Where the embedded server has its files. */
  get serverData(): string {
    return join(this.directory, 'postgres', 'data');
  }

  /** The process of the embedded server; undefined when none runs. */
  async postmaster(): Promise<number | undefined> {
    return (await findPostmaster(this.serverData))?.pid;
  }

  /** The process of the embedded server, once it lets sessions in. */
  async readyPostmaster(): Promise<number | undefined> {
    const found = await findPostmaster(this.serverData);
    return found?.state === 'ready' ? found.pid : undefined;
  }

  /** Kills everything, and removes the files and databases. */
  async end(): Promise<void> {
    await Promise.all(this.services.map((service) => service.kill('SIGKILL')));
    await Promise.all(this.connections.map((connection) => connection.end()));
    await this.receiver.down();
    await this.proxy?.end();
    await this.databases?.drop();
    const server = await this.postmaster();
    if (server) {
      process.kill(server, 'SIGINT');
      await until('the server stops', async () => !(await isPostgresOf(server, this.serverData)));
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  private databaseVariables(): Record<string, string> {
    if (!this.databases) return {};
    const variables = Object.entries(databaseVariables(this.databases.addresses));
    return Object.fromEntries(variables.map(([name, url]) => [name, this.proxy?.through(url) ?? url]));
  }

  private async ownerUrl(): Promise<string> {
    const addresses = this.databases?.addresses ?? (await locateEmbeddedPostgres(this.directory));
    return addresses.policy.migrationUrl;
  }

  private async adopt(starting: Promise<ServiceProcess>): Promise<ServiceProcess> {
    const service = await starting;
    this.services.push(service);
    return service;
  }
}

/** Run by root, the embedded server is another user, who must get through to its files. */
async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'hms-fault-'));
  await chmod(directory, 0o711);
  return directory;
}
