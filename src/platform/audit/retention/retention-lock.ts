import type { ClientBase } from 'pg';
import { StartupError } from '../../config/startup.error.js';

/** Key of the advisory lock between retentions and exports of one log; any constant will do. */
const key = 4_871_305;

/**
 * Keeps retentions away from a session until it ends: an export that an entry leaves in the middle would hold
 * neither what it was nor the whole of what was removed with it.
 *
 * @throws {StartupError} when one is under way
 */
export async function keepRetentionsAway(client: ClientBase): Promise<void> {
  await take(client, 'pg_try_advisory_lock_shared', 'A retention is under way');
}

/** Keeps exports and other retentions away until the session ends. @throws {StartupError} when one is under way */
export async function keepOthersAway(client: ClientBase): Promise<void> {
  await take(client, 'pg_try_advisory_lock', 'Another retention or an export is under way');
}

async function take(client: ClientBase, lock: string, otherwise: string): Promise<void> {
  const { rows } = await client.query<{ held: boolean }>(`SELECT ${lock}($1) AS held`, [key]);
  if (!rows[0]?.held) throw new StartupError(`${otherwise}; try again when it has ended.`);
}
