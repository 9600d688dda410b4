import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StartupError } from '../../config/startup.error.js';

const execute = promisify(execFile);

/** How to run a program of PostgreSQL, which refuses to run as root. */
export interface PostgresUser {
  /** Words before the command. */
  readonly prefix: readonly string[];
  /** Ids to run under; empty: our own. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
}

/**
 * The environment of every program of PostgreSQL: messages in English, which we search, and nothing of ours,
 * which holds secrets.
 */
export const postgresEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' };

/**
 * Chooses the user that PostgreSQL runs as: ourselves, unless we are root. Root takes the account `postgres`,
 * else `nobody`; where such an account cannot reach the program or the directory (a checkout below `/root`),
 * a user namespace, in which root's files belong to a user who is not root.
 *
 * @throws {StartupError} when root can do neither
 */
export async function choosePostgresUser(program: string, directory: string): Promise<PostgresUser> {
  if (process.getuid?.() !== 0) return { prefix: [], ids: {} };
  const accounts = [await findAccount('postgres'), await findAccount('nobody')].filter((ids) => ids != null);
  const candidates: PostgresUser[] = [
    ...accounts.map((ids) => ({ prefix: [], ids })),
    ...accounts.map(({ uid }) => ({ prefix: ['unshare', '--user', `--map-user=${uid}`, '--'], ids: {} })),
  ];
  for (const candidate of candidates) if (await reaches(candidate, program, directory)) return candidate;
  throw new StartupError(
    `PostgreSQL does not run as root, and no other user can reach both ${program} and ${directory}. Start the ` +
      'service as a normal user, move it and DATA_DIR to folders that every user can enter, or set ' +
      'POLICY_DATABASE_URL and MARKET_DATABASE_URL to a PostgreSQL of your own.',
  );
}

/** Runs a program of PostgreSQL to its end. Rejects with what it wrote when it fails. */
export async function runAs(user: PostgresUser, program: string, args: readonly string[]): Promise<void> {
  const [command = program, ...rest] = [...user.prefix, program, ...args];
  await execute(command, rest, { ...user.ids, env: postgresEnvironment });
}

async function findAccount(name: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const uid = await execute('id', ['-u', name]);
    const gid = await execute('id', ['-g', name]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function reaches(user: PostgresUser, program: string, directory: string): Promise<boolean> {
  try {
    await runAs(user, 'sh', ['-c', 'cd "$1" && "$2" --version', 'sh', directory, program]);
    return true;
  } catch {
    return false;
  }
}
