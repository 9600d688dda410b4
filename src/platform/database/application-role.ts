import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { DatabaseAddress, DatabaseName } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { connectionProblem } from './connection-problem.js';
import { databaseLabels, urlVariable } from './database-label.js';
import { codeOf } from './error-details.js';

/**
 * Makes the application's login where the server has none of its name and the owner's login may make roles. It
 * gets the right to connect; all else comes with the migrations.
 *
 * @returns the name of the login, if it was made
 * @throws {StartupError} naming the login and what a superuser must do, where the owner's may not make it
 */
export async function makeApplicationLogin(
  name: DatabaseName,
  { url, migrationUrl }: DatabaseAddress,
): Promise<string | undefined> {
  const owner = new Client({ connectionString: migrationUrl, connectionTimeoutMillis: 5_000 });
  owner.on('error', () => undefined);
  try {
    await owner.connect();
  } catch (error) {
    throw connectionProblem({ name, url: migrationUrl, login: 'migration' }, error);
  }
  try {
    const { user = '', password } = new Client({ connectionString: url });
    const { rows } = await owner.query<{ connects: boolean }>(
      `SELECT has_database_privilege(rolname, current_database(), 'CONNECT') AS connects FROM pg_roles WHERE rolname = $1`,
      [user],
    );
    const [known] = rows;
    if (!known) await createRole(owner, { name, user, password: password ?? undefined });
    if (!known?.connects) await grantConnect(owner, user);
    return known ? undefined : user;
  } finally {
    await owner.end();
  }
}

async function createRole(
  owner: Client,
  { name, user, password }: { name: DatabaseName; user: string; password: string | undefined },
): Promise<void> {
  const secret = password === undefined ? 'NULL' : escapeLiteral(scramVerifier(password));
  try {
    await owner.query(
      `CREATE ROLE ${escapeIdentifier(user)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${secret}`,
    );
  } catch (error) {
    // Another migration has just made it.
    if (codeOf(error) === '42710') return;
    if (codeOf(error) !== '42501') throw error;
    throw new StartupError(
      `${databaseLabels[name]} has no login "${user}" of ${urlVariable(name, 'application')}, and "${owner.user}" may not ` +
        `make one. As a superuser, run deploy/create-databases.sql or CREATE ROLE ${escapeIdentifier(user)} LOGIN PASSWORD '…', ` +
        `or give "${owner.user}" the attribute CREATEROLE.`,
      { cause: error },
    );
  }
}

/** Where the owner's login may not: the checks that follow say what is missing. */
async function grantConnect(owner: Client, user: string): Promise<void> {
  const database = escapeIdentifier(owner.database ?? '');
  try {
    await owner.query(`GRANT CONNECT ON DATABASE ${database} TO ${escapeIdentifier(user)}`);
  } catch (error) {
    if (codeOf(error) !== '42501') throw error;
  }
}

const iterations = 4096;

/**
 * What PostgreSQL stores of a password (RFC 5803). Sent in its place, it keeps the password out of the server's
 * log of statements.
 */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const key = (purpose: string): Buffer => createHmac('sha256', salted).update(purpose).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest();
  const parts = [salt, stored, key('Server Key')].map((bytes) => bytes.toString('base64'));
  return `SCRAM-SHA-256$${iterations}:${parts[0]}$${parts[1]}:${parts[2]}`;
}
