import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lchown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseAddress, DatabaseName } from '../../config/settings.js';
import { StartupError } from '../../config/startup.error.js';
import { codeOf, lastWordsOf } from '../error-details.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { type PostgresUser, runAs } from './postgres-user.js';

/** Passwords of the logins of an embedded server. */
export interface Passwords {
  readonly postgres: string;
  readonly hms_owner: string;
  readonly hms_app: string;
}

/** The files of one embedded server, below the service's data directory. */
export class EmbeddedFolder {
  private constructor(
    /** The folder that holds all of them. */
    readonly path: string,
    readonly passwords: Passwords,
  ) {}

  /** PostgreSQL's own data directory. */
  get data(): string {
    return join(this.path, 'data');
  }

  /** What PostgreSQL reports. */
  get log(): string {
    return join(this.path, 'server.log');
  }

  /**
   * The folder of a data directory; undefined where none was made yet.
   *
   * @throws {StartupError} when it is another user's, or something else lies in its place
   */
  static async find(dataDirectory: string): Promise<EmbeddedFolder | undefined> {
    const path = folderOf(dataDirectory);
    if (!(await holdsAnything(path))) return undefined;
    try {
      const passwords: unknown = JSON.parse(await readFile(join(path, passwordsFile), 'utf8'));
      if (!isPasswords(passwords)) throw new TypeError(`${passwordsFile} lacks a password.`);
      return new EmbeddedFolder(path, passwords);
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }

  /**
   * Makes the folder, whole or not at all: a crash leaves nothing half-made, and of two that make it at once
   * one wins and both get the same.
   */
  static async create(dataDirectory: string, source: FolderSource): Promise<EmbeddedFolder> {
    await removeAbandoned(dataDirectory);
    const temporary = await mkdtemp(join(dataDirectory, temporaryPrefix));
    try {
      await fill(temporary, source);
      await rename(temporary, folderOf(dataDirectory));
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      if (!isTaken(error)) throw error;
    }
    const made = await EmbeddedFolder.find(dataDirectory);
    if (!made) throw new StartupError(`${folderOf(dataDirectory)} was removed while the service started.`);
    return made;
  }

  /** Gives the data to the user that the server runs as, after a start under another one. Root only. */
  async giveTo({ ids }: PostgresUser): Promise<void> {
    const uid = ids.uid ?? process.getuid?.();
    if (process.getuid?.() !== 0 || uid === undefined || (await stat(this.data)).uid === uid) return;
    const gid = ids.gid ?? 0;
    for (const name of await readdir(this.data, { recursive: true }))
      await lchown(join(this.data, name), uid, gid);
    await chown(this.data, uid, gid);
  }

  /** Connection URL of a login. */
  url(login: keyof Passwords, port: number, database: string): string {
    return `postgres://${login}:${this.passwords[login]}@127.0.0.1:${port}/${database}`;
  }

  /** Addresses of the two databases. */
  addresses(port: number): Record<DatabaseName, DatabaseAddress> {
    const address = (database: DatabaseName): DatabaseAddress => ({
      url: this.url('hms_app', port, database),
      migrationUrl: this.url('hms_owner', port, database),
    });
    return { policy: address('policy'), market: address('market') };
  }
}

/** What a folder is made with. */
export interface FolderSource {
  readonly binaries: PostgresBinaries;
  readonly user: PostgresUser;
  /** Data that nobody will miss need not survive a power cut. */
  readonly throwaway: boolean;
}

const passwordsFile = 'passwords.json';
const temporaryPrefix = '.postgres-';
/** `initdb` takes a second or two; what is this old was left by a crash. */
const abandonedAfter = 10 * 60_000;

const folderOf = (dataDirectory: string): string => join(dataDirectory, 'postgres');

async function fill(path: string, { binaries, user, throwaway }: FolderSource): Promise<void> {
  // Others may pass through to their own files, and read none of ours.
  await chmod(path, 0o711);
  const passwords: Passwords = { postgres: newPassword(), hms_owner: newPassword(), hms_app: newPassword() };
  await writeFile(join(path, passwordsFile), JSON.stringify(passwords), { mode: 0o600, flush: true });
  const data = join(path, 'data');
  const superuserPassword = join(path, 'superuser-password');
  await mkdir(data, { mode: 0o700 });
  await writeFile(superuserPassword, passwords.postgres, { mode: 0o600 });
  const { uid, gid } = user.ids;
  if (uid !== undefined && gid !== undefined)
    for (const owned of [data, superuserPassword]) await chown(owned, uid, gid);
  // The server's text must not depend on the locale of the host it was made on.
  await runAs(user, binaries.initdb, [
    `--pgdata=${data}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${superuserPassword}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(throwaway ? ['--no-sync'] : []),
  ]).catch((cause: unknown) => {
    throw new StartupError(`The embedded database could not be made in ${data}: ${lastWordsOf(cause)}`, {
      cause,
    });
  });
  await rm(superuserPassword);
}

function isPasswords(value: unknown): value is Passwords {
  if (typeof value !== 'object' || value === null) return false;
  return ['postgres', 'hms_owner', 'hms_app'].every((login) => typeof Reflect.get(value, login) === 'string');
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

async function removeAbandoned(dataDirectory: string): Promise<void> {
  for (const name of await readdir(dataDirectory)) {
    if (!name.startsWith(temporaryPrefix)) continue;
    const path = join(dataDirectory, name);
    const made = await stat(path).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > abandonedAfter) await rm(path, { recursive: true, force: true });
  }
}

async function holdsAnything(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length > 0;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): StartupError {
  const why =
    codeOf(cause) === 'EACCES'
      ? 'belongs to another user; start the service as that user'
      : 'is no database that this service made; move it away';
  return new StartupError(`${path} ${why}, or set DATA_DIR to another folder.`, { cause });
}

function isTaken(error: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '');
}
