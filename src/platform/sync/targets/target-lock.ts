import type { PoolClient } from 'pg';

/**
 * Lets one transaction at a time make targets, or bring them into line with the settings. Other changes of a
 * target are held apart by the lock of its row.
 */
export async function lockTargets(client: PoolClient): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('hms sync targets', 0))");
}
