import { mkdir, realpath } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { DatabaseAddress, DatabaseName } from '../../config/settings.js';
import { StartupError } from '../../config/startup.error.js';
import { messageOf } from '../error-details.js';
import type { StartupLog } from '../startup-log.js';
import { EmbeddedFolder } from './embedded-folder.js';
import { EmbeddedServer } from './embedded-server.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { choosePostgresUser } from './postgres-user.js';
import { findPostmaster } from './postmaster.js';
import { provision } from './provision.js';
import { ServiceLock } from './service-lock.js';

/** A running embedded server that this process looks after. */
export interface EmbeddedPostgres {
  readonly addresses: Readonly<Record<DatabaseName, DatabaseAddress>>;
  /** Connection URL of the maintenance database `postgres`, as superuser. */
  readonly superuserUrl: string;
  /** Stops the server in order. May be called again. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  readonly log?: StartupLog;
  /** Trades durability for speed, for data that nobody will miss. Default: false. */
  readonly throwaway?: boolean;
}

/**
 * Starts the embedded server of a data directory, or adopts the one that a killed process left there, and
 * makes its logins and databases. One process at a time may do so; while it lives, the server is kept running
 * on the same port.
 *
 * @throws {StartupError} when another service works on this directory, or the server cannot run
 */
export async function startEmbeddedPostgres(
  dataDirectory: string,
  { log, throwaway = false }: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const directory = await makeDirectory(dataDirectory);
  const binaries = await findPostgresBinaries();
  const user = await choosePostgresUser(binaries.postgres, directory);
  let folder = await EmbeddedFolder.find(directory);
  if (!folder) {
    log?.info(`Making the embedded databases in ${directory}.`);
    folder = await EmbeddedFolder.create(directory, { binaries, user, throwaway });
  }
  const keeper = new Keeper(
    new EmbeddedServer(folder, binaries, user, throwaway),
    folder,
    dataDirectory,
    log,
  );
  const port = await keeper.start();
  return {
    addresses: folder.addresses(port),
    superuserUrl: folder.url('postgres', port, 'postgres'),
    stop: () => keeper.stop(),
  };
}

/**
 * Addresses of the databases of the server that runs on a data directory.
 *
 * @throws {StartupError} when none runs there
 */
export async function locateEmbeddedPostgres(
  dataDirectory: string,
): Promise<Readonly<Record<DatabaseName, DatabaseAddress>>> {
  const folder = await EmbeddedFolder.find(dataDirectory);
  const running = folder && (await findPostmaster(folder.data));
  if (!folder || running?.state !== 'ready')
    throw new StartupError(
      `No embedded PostgreSQL runs on ${dataDirectory}. Start the service first (npm start), or set DATA_DIR to its folder.`,
    );
  return folder.addresses(running.port);
}

/** Keeps the server running, and the lock on it held, from {@link start} to {@link stop}. */
class Keeper {
  private readonly ending = new AbortController();
  private lock: ServiceLock | undefined;
  private recovery: Promise<void> = Promise.resolve();
  private stopped: Promise<void> | undefined;

  constructor(
    private readonly server: EmbeddedServer,
    private readonly folder: EmbeddedFolder,
    private readonly dataDirectory: string,
    private readonly log?: StartupLog,
  ) {}

  async start(): Promise<number> {
    const port = await this.hold();
    try {
      await provision(this.folder, port);
    } catch (error) {
      await this.stop();
      throw error;
    }
    return port;
  }

  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    this.ending.abort();
    await this.recovery;
    // Without the lock the server may be another service's by now.
    if (!this.lock) return;
    // The lock is held to the last, so that nobody adopts a server that is about to stop.
    this.lock.expectEnd();
    try {
      await this.server.stop();
    } finally {
      await this.lock.release();
    }
  }

  /** Sees to it that the server runs and that we hold the lock on it. */
  private async hold(port?: number): Promise<number> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const running = await this.server.ensure(this.ending.signal, port);
      const url = this.folder.url('postgres', running, 'postgres');
      try {
        this.lock = await ServiceLock.take(url, () => this.recover(running));
      } catch (error) {
        // The server may have been about to stop when we found it.
        if (Date.now() > deadline) throw this.unreachable(error);
        await pause(50);
        continue;
      }
      if (this.lock) return running;
      throw new StartupError(
        `Another HMS service is already running on ${this.dataDirectory}; stop it, or set DATA_DIR to another folder.`,
      );
    }
  }

  private recover(port: number): void {
    this.lock = undefined;
    if (this.ending.signal.aborted) return;
    this.log?.warn('The embedded PostgreSQL ended its sessions; seeing to it that it runs.');
    this.recovery = this.holdAgain(port);
  }

  private async holdAgain(port: number): Promise<void> {
    let told = '';
    while (!this.ending.signal.aborted) {
      try {
        await this.hold(port);
        return;
      } catch (error) {
        const message = messageOf(error);
        if (message !== told && !this.ending.signal.aborted) this.log?.warn(message);
        told = message;
        await pause(1_000, undefined, { ref: false, signal: this.ending.signal }).catch(() => undefined);
      }
    }
  }

  private unreachable(cause: unknown): StartupError {
    return new StartupError(
      `The embedded PostgreSQL of ${this.dataDirectory} runs but admits nobody: ${messageOf(cause)}. ` +
        `See ${this.folder.log}.`,
      { cause },
    );
  }
}

async function makeDirectory(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true });
    return await realpath(path);
  } catch (cause) {
    throw new StartupError(
      `The folder ${path} cannot be used (${messageOf(cause)}); set DATA_DIR to one that can be written.`,
      { cause },
    );
  }
}
