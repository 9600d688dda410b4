import type { DataSource } from 'typeorm';
import type { DatabaseName } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { databaseLabels } from '../database/database-label.js';

/**
 * Refuses a log with transactions that the server has not had yet, as after a dump was restored into a new
 * server: what is written now would stand before what was written then, and no checkpoint would be over either.
 *
 * @throws {StartupError} naming both and the remedy
 */
export async function requireTransactionCounter(dataSource: DataSource, name: DatabaseName): Promise<void> {
  const [counter] = await dataSource.query<{ last: string; next: string; behind: boolean }[]>(
    `SELECT c.xid AS last, pg_snapshot_xmax(pg_current_snapshot()) AS next,
  c.xid >= pg_snapshot_xmax(pg_current_snapshot()) AS behind
FROM ((SELECT xid FROM hms.changes ORDER BY xid DESC, seq DESC LIMIT 1)
  UNION ALL (SELECT xid FROM hms.removed_changes ORDER BY xid DESC, seq DESC LIMIT 1)) c
ORDER BY c.xid DESC LIMIT 1`,
  );
  if (!counter?.behind) return;
  throw new StartupError(
    `${databaseLabels[name]} holds changes of transaction ${counter.last}, but its server is only at ${counter.next}: it ` +
      'was restored from a dump, so new changes would stand before old ones. Run npm run audit:rebase, and start again.',
  );
}
