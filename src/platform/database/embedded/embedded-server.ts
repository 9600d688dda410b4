import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open, stat, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { StartupError } from '../../config/startup.error.js';
import type { EmbeddedFolder } from './embedded-folder.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { type PostgresUser, postgresEnvironment } from './postgres-user.js';
import { findPostmaster, isPostgresOf, removeMisleadingLockFile, signalStop } from './postmaster.js';

/** Milliseconds between two looks at a server that starts or stops. */
const step = 20;
/** Milliseconds that a start may take, the recovery after a crash included. */
const startLimit = 60_000;
/** Milliseconds that a stop may take, its checkpoint included. */
const stopLimit = 60_000;
const maximumLogSize = 10 * 1024 * 1024;

/** What a failed start says when another try can do better: the port was taken, or the old server still ends. */
const passingFailure = /could not bind|lock file "postmaster\.pid"|shared memory block .* still in use/;

/** Starts, finds and stops the server of one folder. Safe against others that do the same at once. */
export class EmbeddedServer {
  constructor(
    private readonly folder: EmbeddedFolder,
    private readonly binaries: PostgresBinaries,
    private readonly user: PostgresUser,
    private readonly throwaway: boolean,
  ) {}

  /**
   * Sees to it that the server runs, and returns its port. A server that an earlier process left is adopted;
   * one that was killed is started again once its last processes are gone.
   *
   * @param port to take where the server must be started; any free one otherwise
   * @throws {StartupError} when it cannot be started
   */
  async ensure(signal: AbortSignal, port?: number): Promise<number> {
    const deadline = Date.now() + startLimit;
    let failure = '';
    while (Date.now() < deadline) {
      signal.throwIfAborted();
      const running = await findPostmaster(this.folder.data);
      if (running?.state === 'ready') return running.port;
      if (!running) failure = await this.launch(port ?? (await freePort()), deadline);
      await pause(step);
    }
    throw new StartupError(
      `The PostgreSQL of ${this.folder.path} was not ready after ${startLimit / 1000} seconds` +
        `${failure && ` (${failure})`}. Stop what is left of it, or set DATA_DIR to another folder.`,
    );
  }

  /** Stops the server in order: sessions are ended, everything is written. Does nothing when none runs. */
  async stop(): Promise<void> {
    const running = await findPostmaster(this.folder.data);
    if (!running) return;
    await signalStop(running, this.folder.data);
    const deadline = Date.now() + stopLimit;
    while (await isPostgresOf(running.pid, this.folder.data)) {
      if (Date.now() > deadline)
        throw new Error(
          `PostgreSQL (process ${running.pid}) did not stop within ${stopLimit / 1000} seconds.`,
        );
      await pause(step);
    }
  }

  /** Starts the server and waits until it is ready or gone. Returns why it went, where another try may help. */
  private async launch(port: number, deadline: number): Promise<string> {
    await removeMisleadingLockFile(this.folder.data);
    await this.folder.giveTo(this.user);
    const log = await openLog(this.folder.log);
    try {
      const { size } = await log.stat();
      const child = await this.spawn(port, log);
      while (child.exitCode === null && child.signalCode === null) {
        const running = await findPostmaster(this.folder.data);
        if (running?.pid === child.pid && running?.state === 'ready') return '';
        if (Date.now() > deadline) return 'it still recovers';
        await pause(step);
      }
      const failure = await failureIn(log, size);
      if (passingFailure.test(failure)) return failure;
      throw new StartupError(`The embedded PostgreSQL did not start: ${failure || `see ${this.folder.log}`}`);
    } finally {
      await log.close();
    }
  }

  private async spawn(port: number, log: FileHandle): Promise<ChildProcess> {
    const settings = Object.entries(serverSettings(this.throwaway)).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const server = [this.binaries.postgres, '-D', this.folder.data, '-p', String(port), ...settings];
    const [command = '', ...args] = [...this.user.prefix, ...server];
    // Its own process group: Ctrl-C in the terminal must reach us alone, so that we drain before it stops.
    const child = spawn(command, args, {
      ...this.user.ids,
      cwd: this.folder.path,
      env: postgresEnvironment,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(child, 'spawn');
    child.unref();
    return child;
  }
}

function serverSettings(throwaway: boolean): Record<string, string | number> {
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // A statement may hold a password or a person's data.
    log_min_error_statement: 'panic',
    max_connections: throwaway ? 300 : 100,
    ...(throwaway && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
}

/** Another program may take the port before PostgreSQL does; the start is tried again then. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function openLog(path: string): Promise<FileHandle> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > maximumLogSize) await truncate(path);
  return open(path, 'a+', 0o600);
}

/** The reasons that a server gave from a place in its log on. */
async function failureIn(log: FileHandle, from: number): Promise<string> {
  const { size } = await log.stat();
  const { buffer } = await log.read({ buffer: Buffer.alloc(Math.max(size - from, 0)), position: from });
  const reasons = buffer
    .toString('utf8')
    .matchAll(/(?:FATAL|PANIC|LOG:  could not|DETAIL|^postgres|^error)\b.*$/gm);
  return [...reasons].map(([reason]) => reason.replaceAll(/\s+/g, ' ')).join(' ');
}
