import type { ClientBase } from 'pg';

/** Key of the advisory lock between a replay and what removes old versions; any constant will do. */
const key = 4_871_306;

/**
 * Keeps replays from setting cursors back until the transaction ends. What removes versions that all targets have
 * needs that: a replay would else send again what is being removed, and its target would wait for it for ever.
 */
export async function keepReplaysAway(client: ClientBase): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [key]);
}

/** Whether cursors may be set back in this transaction: not while old versions are being removed. */
export async function mayReplay(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(
    'SELECT pg_try_advisory_xact_lock_shared($1) AS held',
    [key],
  );
  return rows[0]?.held === true;
}
