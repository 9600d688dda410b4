import { execFile } from 'node:child_process';
import { readFile, readlink, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { codeOf } from '../error-details.js';

/** The main process of a PostgreSQL server, as its lock file tells. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly state: 'starting' | 'ready' | 'stopping';
}

/**
 * The server that runs on a data directory. Believes the lock file only when the process it names is a
 * PostgreSQL of this very directory: after a crash the number may have passed to anybody.
 */
export async function findPostmaster(dataDirectory: string): Promise<Postmaster | undefined> {
  const lockFile = await readLockFile(dataDirectory);
  if (!lockFile || !(await isPostgresOf(lockFile.pid, dataDirectory))) return undefined;
  return lockFile;
}

/**
 * Removes a lock file whose process number now belongs to something else. PostgreSQL itself replaces the file
 * of a dead process, but takes any living one for its predecessor.
 */
export async function removeMisleadingLockFile(dataDirectory: string): Promise<void> {
  const lockFile = await readLockFile(dataDirectory);
  if (lockFile && isAlive(lockFile.pid) && !(await isPostgresOf(lockFile.pid, dataDirectory)))
    await rm(join(dataDirectory, lockFileName), { force: true });
}

/** Asks a server to end its sessions and stop. The process is checked once more right before. */
export async function signalStop({ pid }: Postmaster, dataDirectory: string): Promise<void> {
  if (!(await isPostgresOf(pid, dataDirectory))) return;
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

/** Whether a process is a PostgreSQL that works on this data directory. */
export async function isPostgresOf(pid: number, dataDirectory: string): Promise<boolean> {
  try {
    return process.platform === 'linux'
      ? await isPostgresByProc(pid, dataDirectory)
      : await isPostgresByPs(pid, dataDirectory);
  } catch {
    return false;
  }
}

const lockFileName = 'postmaster.pid';

/** Lines: 1 pid, 2 data directory, 3 start, 4 port, 5 socket folder, 6 address, 7 shared memory, 8 state. */
async function readLockFile(dataDirectory: string): Promise<Postmaster | undefined> {
  let lines: string[];
  try {
    lines = (await readFile(join(dataDirectory, lockFileName), 'utf8')).split('\n');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const state = lines[7]?.trim();
  return {
    pid,
    port: Number(lines[3]),
    state: state === 'ready' || state === 'stopping' ? state : 'starting',
  };
}

async function isPostgresByProc(pid: number, dataDirectory: string): Promise<boolean> {
  // A server whose package was reinstalled meanwhile shows as "postgres (deleted)".
  const program = basename(await readlink(`/proc/${pid}/exe`)).split(' ')[0];
  const [works, data] = await Promise.all([stat(`/proc/${pid}/cwd`), stat(dataDirectory)]);
  return program === 'postgres' && works.dev === data.dev && works.ino === data.ino;
}

async function isPostgresByPs(pid: number, dataDirectory: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return stdout.includes(`postgres -D ${dataDirectory} `);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
