import type { Pool } from 'pg';

/**
 * How far the log of a database is settled: nothing will be written any more with an instant before the horizon.
 * It lies at the start of the oldest transaction that has written to a captured table and not yet ended, else at
 * the present. The tables' locks count, not the log's: a statement gives its rows their instants before it writes
 * the log.
 * It only moves on, so that reads of what lies behind it need not ask again.
 *
 * The start of another login's transaction is visible only to members of pg_read_all_stats; without that
 * right the horizon is not known while anybody writes.
 */
export class LogHorizon {
  /** Milliseconds since 1970, rounded down. */
  private known = 0;

  constructor(private readonly pool: Pool) {}

  /**
   * Whether what is read as of an instant may still change. Ask before the read: what had ended by then is seen by
   * it, and what writes afterwards writes a later instant.
   */
  async isProvisional(instant: string): Promise<boolean> {
    // The instant may have microseconds.
    if (Date.parse(instant) + 1 <= this.known) return false;
    const { rows } = await this.pool.query<{ horizon: number | null; provisional: boolean }>({
      ...statement,
      values: [instant],
    });
    const [row] = rows;
    this.known = Math.max(this.known, row?.horizon ?? 0);
    return row?.provisional ?? true;
  }
}

const statement = {
  name: 'log_horizon',
  text: `SELECT floor(extract(epoch FROM nullif(horizon, '-infinity')) * 1000)::float8 AS horizon,
  $1::timestamptz >= horizon AS provisional
FROM (SELECT least(clock_timestamp(), min(coalesce(a.xact_start, '-infinity'))) AS horizon
  FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
  WHERE l.relation IN (SELECT to_regclass(format('public.%I', t.table_name)) FROM hms.captured_tables t) AND l.mode = 'RowExclusiveLock'
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.pid IS DISTINCT FROM pg_backend_pid()) h`,
};
