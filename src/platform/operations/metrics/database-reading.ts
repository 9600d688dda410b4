import type { Pool } from 'pg';
import { type OpenTransaction, TransactionAges } from './transaction-ages.js';

/** How a target stands, as its database says. */
export interface TargetReading {
  readonly id: number;
  readonly resource: string;
  readonly name: string;
  readonly paused: boolean;
  readonly breaker: 'closed' | 'open' | 'disabled';
  /** Records with something to send now, up to {@link countLimit}; likewise the next two. */
  readonly due: number;
  readonly backingOff: number;
  readonly held: number;
  /** Age in seconds of the oldest change that it has not got, held records aside; 0 where there is none. */
  readonly oldest: number;
}

export interface DatabaseReading {
  readonly targets: readonly TargetReading[];
  /** Seconds for which the oldest transaction has been open, as far as can be seen. */
  readonly oldestTransaction: number;
  /** Seconds by which the clock of this process is ahead of the database's; negative: behind. */
  readonly clockSkew: number;
}

/** Up to how many records of a target, in each state, are counted. */
export const countLimit = 10_000;
/** Of how many records, at either end of the order in which they are due, the age is looked at. */
const ageLimit = 1_000;

/** Reads how the delivery from one database stands, by a few bounded index scans for each target. */
export class DatabaseReader {
  private readonly ages = new TransactionAges();

  constructor(private readonly pool: Pool) {}

  async read(): Promise<DatabaseReading> {
    const [targets, transactions] = await Promise.all([
      this.pool.query<TargetReading>(targetsStatement),
      this.pool.query<OpenTransaction>(transactionsStatement),
    ]);
    return {
      targets: targets.rows,
      oldestTransaction: this.ages.oldest(transactions.rows),
      clockSkew: await this.readClockSkew(),
    };
  }

  /** Off by half of the time that the database takes to answer, at most. */
  private async readClockSkew(): Promise<number> {
    const asked = Date.now();
    const { rows } = await this.pool.query<{ now: number }>(clockStatement);
    const here = (asked + Date.now()) / 2;
    return (here - (rows[0]?.now ?? here)) / 1_000;
  }
}

const counted = (condition: string, order: string): string =>
  `(SELECT count(*)::int FROM (SELECT FROM hms.sync_cursors c WHERE c.target_id = t.id AND ${condition}
    ORDER BY ${order} LIMIT ${countLimit}) counted)`;

const oldest = (order: string): string =>
  `(SELECT min(aged.pending_since) FROM (SELECT c.pending_since FROM hms.sync_cursors c
    WHERE c.target_id = t.id AND c.due_at IS NOT NULL ORDER BY c.due_at ${order} LIMIT ${ageLimit}) aged)`;

// Records that were never tried are due in the order of their changes, and those that back off are at the
// end: so the oldest change is at one of the ends, without an index of its own that every write would pay.
const targetsStatement = `
SELECT t.id, t.resource, t.name, t.paused, coalesce(b.state, 'closed') AS breaker,
  ${counted('c.due_at <= now()', 'c.due_at')} AS due,
  ${counted('c.due_at > now()', 'c.due_at')} AS "backingOff",
  ${counted('c.held_at IS NOT NULL', 'c.held_at')} AS held,
  greatest(0, coalesce(extract(epoch FROM clock_timestamp() - least(${oldest('ASC')}, ${oldest('DESC')})), 0))::float8
    AS oldest
FROM hms.sync_targets t LEFT JOIN hms.sync_breakers b ON b.target_id = t.id ORDER BY t.id`;

// Whatever database of the server they are in: the pull feed waits for all of them. Not autovacuum, which has
// no user and holds nothing up.
const transactionsStatement = `
SELECT l.virtualtransaction AS id,
  coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float8 AS seconds
FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'virtualxid' AND l.granted AND l.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL`;

const clockStatement = 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now';
