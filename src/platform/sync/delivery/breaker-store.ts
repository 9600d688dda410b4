import type { Pool } from 'pg';

export type BreakerState = 'closed' | 'open' | 'disabled';

/** What the database says of a target that does not work, or did not once. */
export interface BreakerRow {
  readonly targetId: number;
  readonly state: BreakerState;
  /** Milliseconds until somebody may try a request; null: nobody may. */
  readonly probeIn: number | null;
  /** Milliseconds for which the target asked to be left alone; 0: no longer. */
  readonly quietFor: number;
}

/** Why a breaker is to trip. */
export interface Trip {
  readonly state: 'open' | 'disabled';
  readonly reason: string;
  /** Milliseconds since the first failure of those that say so. */
  readonly age: number;
}

/** Milliseconds after which a probe that nobody ended is taken to be lost, beyond the timeout of its request. */
const probeMargin = 1_000;

/**
 * The statements on the breakers of one database (ADR 10). All times are the database's own. None of them is
 * needed while all targets work.
 */
export class BreakerStore {
  constructor(private readonly pool: Pool) {}

  async read(): Promise<BreakerRow[]> {
    const { rows } = await this.pool.query<BreakerRow>({ name: 'sync-breakers', text: readStatement });
    return rows;
  }

  /**
   * Opens or disables a breaker.
   *
   * @returns false: it was already, or another process has delivered to the target meanwhile
   */
  async trip(targetId: number, { state, reason, age }: Trip): Promise<boolean> {
    const { rowCount } = await this.pool.query({
      name: 'sync-breaker-trip',
      text: tripStatement,
      values: [targetId, state, reason, age],
    });
    return rowCount === 1;
  }

  /** @returns how long it was open, in milliseconds; undefined: somebody else has closed it, or disabled it */
  async close(targetId: number): Promise<number | undefined> {
    const { rows } = await this.pool.query<{ duration: number }>({
      name: 'sync-breaker-close',
      text: closeStatement,
      values: [targetId],
    });
    return rows[0]?.duration;
  }

  /** Has every process leave the target alone for so many milliseconds. */
  async keepQuiet(targetId: number, milliseconds: number): Promise<void> {
    await this.pool.query({
      name: 'sync-breaker-quiet',
      text: quietStatement,
      values: [targetId, milliseconds],
    });
  }

  /**
   * Asks for the right to send the one request that an open breaker lets through.
   *
   * @param timeout of that request, in milliseconds
   * @returns the number of the probe; undefined: it is not time, another process has it, or nothing is due
   */
  async beginProbe(targetId: number, timeout: number): Promise<number | undefined> {
    const { rows } = await this.pool.query<{ probes: number }>({
      name: 'sync-breaker-probe',
      text: probeStatement,
      values: [targetId, timeout + probeMargin],
    });
    return rows[0]?.probes;
  }

  /**
   * Lets the next probe follow.
   *
   * @param number of the probe that is over; after somebody else began another, nothing is changed
   * @param delay milliseconds until the next; null: nothing was sent, so this one did not count
   */
  async endProbe(targetId: number, number: number, delay: number | null): Promise<void> {
    await this.pool.query({
      name: 'sync-breaker-probed',
      text: probedStatement,
      values: [targetId, number, delay],
    });
  }
}

const readStatement = `
SELECT target_id AS "targetId", state,
  extract(epoch FROM probe_at - clock_timestamp())::float8 * 1000 AS "probeIn",
  coalesce(greatest(extract(epoch FROM quiet_until - clock_timestamp())::float8 * 1000, 0), 0) AS "quietFor"
FROM hms.sync_breakers`;

// A process that happens to get nothing but the few records which a target refuses must not stop what the
// others deliver to it. The attempts are read from the newest on, so that their number does not matter.
const tripStatement = `
INSERT INTO hms.sync_breakers AS breaker (target_id, state, reason, probe_at)
SELECT t.id, $2, $3, CASE WHEN $2 = 'open' THEN clock_timestamp() + interval '1 second' END
FROM hms.sync_targets t
WHERE t.id = $1 AND NOT EXISTS (
  SELECT FROM (
    SELECT outcome, attempted_at FROM hms.sync_attempts WHERE target_id = $1 ORDER BY id DESC LIMIT 500) recent
  WHERE outcome = 'delivered' AND attempted_at > clock_timestamp() - $4::float8 * interval '1 millisecond')
ON CONFLICT (target_id) DO UPDATE
SET state = EXCLUDED.state, reason = EXCLUDED.reason, probes = 0, probe_at = EXCLUDED.probe_at,
  changed_at = clock_timestamp()
WHERE breaker.state = 'closed' OR (EXCLUDED.state = 'disabled' AND breaker.state = 'open')`;

const closeStatement = `
WITH breaker AS (
  SELECT target_id, changed_at FROM hms.sync_breakers WHERE target_id = $1 AND state = 'open' FOR UPDATE)
UPDATE hms.sync_breakers b
SET state = 'closed', reason = NULL, probes = 0, probe_at = NULL, changed_at = clock_timestamp()
FROM breaker WHERE b.target_id = breaker.target_id
RETURNING extract(epoch FROM b.changed_at - breaker.changed_at)::float8 * 1000 AS duration`;

const quietStatement = `
INSERT INTO hms.sync_breakers AS breaker (target_id, state, quiet_until)
SELECT id, 'closed', clock_timestamp() + $2::float8 * interval '1 millisecond' FROM hms.sync_targets WHERE id = $1
ON CONFLICT (target_id) DO UPDATE SET quiet_until = greatest(breaker.quiet_until, EXCLUDED.quiet_until)`;

const probeStatement = `
UPDATE hms.sync_breakers b
SET probes = probes + 1, probe_at = clock_timestamp() + $2::float8 * interval '1 millisecond'
WHERE b.target_id = $1 AND b.state = 'open' AND b.probe_at <= clock_timestamp()
  AND (b.quiet_until IS NULL OR b.quiet_until <= clock_timestamp())
  AND EXISTS (
    SELECT FROM hms.sync_cursors c
    WHERE c.target_id = $1 AND c.due_at <= now() AND (c.claimed_until IS NULL OR c.claimed_until < clock_timestamp()))
RETURNING probes`;

const probedStatement = `
UPDATE hms.sync_breakers
SET probes = CASE WHEN $3::float8 IS NULL THEN probes - 1 ELSE probes END,
  probe_at = clock_timestamp() + coalesce($3::float8, 0) * interval '1 millisecond'
WHERE target_id = $1 AND state = 'open' AND probes = $2`;
