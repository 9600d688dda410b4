import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { WakeUp } from '../delivery/wake-up.js';
import { arrivalsStatement, horizonStatement } from './feed-statements.js';

/** Whose entries are waited for. */
export interface Watched {
  readonly resource: string;
  /** Undefined: those of all agencies. */
  readonly agency: string | undefined;
}

/** Somebody who waits for entries. */
export interface Watcher extends Watched {
  /** Resolves when there may be some, or the watch ends. */
  readonly arrived: Promise<void>;
}

interface Waiting extends Watcher {
  wake(): void;
}

interface Arrival {
  readonly horizon: string;
  readonly resource: string | null;
  readonly agency: string | null;
}

/** Milliseconds between two looks, when nothing says that there is something, and at least. */
const interval = { longest: 250, shortest: 20 };

/**
 * Waits for entries that can be read in the order of commits, on behalf of any number of readers: one small
 * statement a few times a second tells which of them have something to read, and none runs while nobody waits.
 */
export class LogWatch {
  private readonly waiting = new Set<Waiting>();
  private readonly wakeUp = new WakeUp();
  private begun: Promise<void> | undefined;
  private stopping = false;

  constructor(private readonly pool: Pool) {}

  /** Whether it lets everybody go, as the service stops. */
  get isStopped(): boolean {
    return this.stopping;
  }

  /** Looks at once. */
  notify(): void {
    if (this.waiting.size > 0) this.wakeUp.now();
  }

  /**
   * Begins to wait. What can be read only after this has resolved is announced; what could be read before is
   * the caller's to look for. Whoever waits no longer says so with {@link end}.
   */
  async begin(watched: Watched): Promise<Watcher> {
    const { promise: arrived, resolve: wake } = Promise.withResolvers<void>();
    const waiting: Waiting = { ...watched, arrived, wake };
    this.waiting.add(waiting);
    if (this.stopping) wake();
    else await (this.begun ??= this.run());
    return waiting;
  }

  end(watcher: Watcher): void {
    this.waiting.delete(watcher as Waiting);
    if (this.waiting.size === 0) this.wakeUp.now();
  }

  /** How many wait: all, and on behalf of one agency. */
  count(agency?: string): number {
    return [...this.waiting].filter((one) => agency === undefined || one.agency === agency).length;
  }

  /** Lets everybody go, now and from now on. */
  stop(): void {
    this.stopping = true;
    this.wakeAll();
    this.wakeUp.now();
  }

  /** Resolves when it is known where the log stands; goes on as long as somebody waits. */
  private async run(): Promise<void> {
    try {
      const { rows } = await this.pool.query<{ horizon: string }>(horizonStatement);
      void this.watch(rows[0]?.horizon ?? '0');
    } catch (error) {
      this.begun = undefined;
      throw error;
    }
  }

  private async watch(from: string): Promise<void> {
    let horizon = from;
    while (this.waiting.size > 0 && !this.stopping) {
      await pause(interval.shortest);
      await this.wakeUp.sleep(interval.longest);
      try {
        horizon = await this.look(horizon);
      } catch {
        // They look for themselves, and answer with what is wrong.
        this.wakeAll();
        break;
      }
    }
    this.begun = undefined;
  }

  private async look(horizon: string): Promise<string> {
    const { rows } = await this.pool.query<Arrival>({
      name: 'feed-arrivals',
      text: arrivalsStatement,
      values: [horizon],
    });
    for (const one of this.waiting) if (rows.some((arrival) => concerns(arrival, one))) one.wake();
    return rows[0]?.horizon ?? horizon;
  }

  private wakeAll(): void {
    for (const one of this.waiting) one.wake();
  }
}

const concerns = (arrival: Arrival, { resource, agency }: Watched): boolean =>
  arrival.resource === resource && (agency === undefined || arrival.agency === agency);
