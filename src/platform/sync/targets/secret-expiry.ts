import type { Pool } from 'pg';

/** Deletes the secrets that were replaced and whose time is over. They sign nothing since then. */
export async function deleteExpiredSecrets(pool: Pool): Promise<void> {
  await pool.query('DELETE FROM hms.sync_secrets WHERE expires_at <= now()');
}
