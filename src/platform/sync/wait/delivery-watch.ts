import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { CommittedChange } from '../../auth/request-context.js';
import { type DeliveryState, isSettled } from './delivery-state.js';

/** Milliseconds between two looks while anybody waits, and while the database cannot be asked. */
const interval = { working: 20, failing: 250 };

/** One who waits, with what was last seen of the change. */
interface Waiter {
  readonly change: CommittedChange;
  state: DeliveryState | undefined;
  /** Ends the wait; may be called again. */
  readonly finish: () => void;
}

/**
 * Watches the delivery of changes of one database for all who wait for it. They share one statement, which
 * runs as long as anybody waits; between two of them no connection is held.
 */
export class DeliveryWatch {
  private readonly waiters = new Set<Waiter>();
  private looking = false;

  constructor(private readonly pool: Pick<Pool, 'query'>) {}

  /** How many wait. */
  get size(): number {
    return this.waiters.size;
  }

  /**
   * Resolves when every target has the version or holds the record, when the time is over, or at `end`.
   * Never rejects.
   *
   * @returns what was last seen; undefined: nothing yet
   */
  wait(change: CommittedChange, milliseconds: number, end: AbortSignal): Promise<DeliveryState | undefined> {
    return new Promise((resolve) => {
      const finish = (): void => {
        this.waiters.delete(waiter);
        clearTimeout(timer);
        end.removeEventListener('abort', finish);
        resolve(waiter.state);
      };
      const waiter: Waiter = { change, state: undefined, finish };
      const timer = setTimeout(finish, milliseconds);
      end.addEventListener('abort', finish);
      this.waiters.add(waiter);
      if (end.aborted) finish();
      else if (!this.looking) void this.look();
    });
  }

  private async look(): Promise<void> {
    this.looking = true;
    while (this.waiters.size > 0) {
      const succeeded = await this.ask([...this.waiters]);
      if (this.waiters.size > 0) await pause(succeeded ? interval.working : interval.failing);
    }
    this.looking = false;
  }

  /** A database that cannot be asked is no reason to end a wait: the change is committed. */
  private async ask(waiters: readonly Waiter[]): Promise<boolean> {
    try {
      const { rows } = await this.pool.query<DeliveryState>({
        name: 'sync-wait',
        text: stateStatement,
        values: [
          waiters.map(({ change }) => change.resource),
          waiters.map(({ change }) => change.agency),
          waiters.map(({ change }) => change.id),
          waiters.map(({ change }) => change.version),
        ],
      });
      for (const [index, state] of rows.entries()) {
        const waiter = waiters[index];
        if (!waiter) continue;
        waiter.state = state;
        if (isSettled(state)) waiter.finish();
      }
      return true;
    } catch {
      return false;
    }
  }
}

// The targets are those that the capture trigger made a cursor for, in the transaction of the change. Each
// wait is a subquery of its own, so that the plan stays on the cursors' key.
const stateStatement = `
SELECT state.targets, state.delivered, state.held
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[])
  WITH ORDINALITY AS change (resource, agency, record_id, version, number)
CROSS JOIN LATERAL (
  SELECT count(*)::int AS targets,
    count(*) FILTER (WHERE c.delivered_version >= change.version)::int AS delivered,
    count(*) FILTER (WHERE c.delivered_version < change.version AND c.held_at IS NOT NULL)::int AS held
  FROM hms.sync_targets t
  JOIN hms.sync_cursors c ON c.target_id = t.id AND c.agency = change.agency AND c.record_id = change.record_id
  WHERE t.resource = change.resource AND (t.agency IS NULL OR t.agency = change.agency)) state
ORDER BY change.number`;
