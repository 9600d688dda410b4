import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrateAll } from '../../src/migrate.js';
import { databaseNames } from '../../src/platform/config/settings.js';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/platform/database/embedded/embedded-postgres.js';
import { codeOf } from '../../src/platform/database/error-details.js';
import { findPostmaster, signalStop } from '../../src/platform/database/embedded/postmaster.js';
import { serverVariable, templateOf } from './cluster.js';

const prefix = 'hms-test-';

/** A server with its files, for the test files of one worker. */
interface TestServer {
  readonly postgres: EmbeddedPostgres;
  readonly directory: string;
}

let running: readonly TestServer[] = [];

/**
 * Starts a server for each worker, with a migrated template of each database. Called once, before all files.
 * Workers share none: what a transaction holds up, such as the horizon of a snapshot, it holds up for its
 * whole server.
 */
export async function startServers(workers: number): Promise<void> {
  await removeAbandoned();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stopServers().finally(() => process.exit(1)));
  for (let worker = 1; worker <= workers; worker += 1) await startServer(worker);
}

/** Stops the servers and removes their files. */
export async function stopServers(): Promise<void> {
  for (const { postgres, directory } of running) {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
  running = [];
}

async function startServer(worker: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  // Run by root, the server is another user, who must get through to its files.
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres(directory, { throwaway: true });
  running = [...running, { postgres, directory }];
  try {
    await migrateAll(postgres.addresses);
    await keepAsTemplates(postgres.superuserUrl);
  } catch (error) {
    await stopServers();
    throw error;
  }
  const { addresses, superuserUrl } = postgres;
  const urls = [superuserUrl, addresses.policy.url, addresses.policy.migrationUrl];
  process.env[serverVariable(worker)] = urls.join(' ');
}

async function keepAsTemplates(superuserUrl: string): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    for (const name of databaseNames) {
      await client.query(`ALTER DATABASE ${name} RENAME TO ${templateOf(name)}`);
      await client.query(`ALTER DATABASE ${templateOf(name)} IS_TEMPLATE true ALLOW_CONNECTIONS false`);
    }
  } finally {
    await client.end();
  }
}

/** A test run that was killed leaves its server behind. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    const directory = join(tmpdir(), name);
    const data = join(directory, 'postgres', 'data');
    const postmaster = await findPostmaster(data);
    if (postmaster) await signalStop(postmaster, data);
    else await rm(directory, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
