import { setTimeout as pause } from 'node:timers/promises';
import type { BenchDatabase } from './bench-database.js';

/** Milliseconds after which every session has reported what it did. */
const reporting = 1_500;

/**
 * Rows of cursors and log that were read by sequential scans so far. Scans alone say nothing: a small table is
 * best read from its beginning to its end.
 */
export async function sequentialReads({ owner }: BenchDatabase): Promise<number> {
  await pause(reporting);
  // This session reports its own with the next statement that it ends.
  await owner.query('SELECT');
  const { rows } = await owner.query<{ read: number }>(
    `SELECT sum(seq_tup_read)::float8 AS read FROM pg_stat_user_tables
     WHERE schemaname = 'hms' AND relname IN ('sync_cursors', 'changes')`,
  );
  return rows[0]?.read ?? 0;
}
