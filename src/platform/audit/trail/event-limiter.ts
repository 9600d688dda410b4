import type { SecurityEvent } from '../../auth/security-events.js';

/** How many events of one action are written in one window. */
export interface EventLimits {
  /** Milliseconds. */
  readonly window: number;
  readonly perAddress: number;
  readonly perSubject: number;
  readonly inAll: number;
}

/**
 * A minute's worth. Someone who floods the service makes at most 300 rows of an action a minute, 0.4 million
 * a day, however many addresses there are.
 */
const defaultLimits: EventLimits = { window: 60_000, perAddress: 60, perSubject: 30, inAll: 300 };

/** Events that were counted instead of written. */
export interface SuppressedEvents {
  readonly action: string;
  readonly outcome: SecurityEvent['outcome'];
  /** '' where no agency was proven. */
  readonly agency: string;
  count: number;
  /** Milliseconds since 1970. */
  readonly since: number;
  until: number;
}

const mostSummaries = 100;

/**
 * Decides which events are written, so that nobody can fill the disk with refusals: of each action, so many
 * a minute for each source address, each subject and in all. The actions do not share their limits: a flood of bad
 * tokens does not hide an export.
 *
 * It remembers no more addresses and subjects than the limit in all lets pass.
 */
export class EventLimiter {
  private windowEnd = 0;
  private readonly counts = new Map<string, number>();
  private readonly suppressed = new Map<string, SuppressedEvents>();

  constructor(private readonly limits: EventLimits = defaultLimits) {}

  /** Whether the event is to be written. If not, it is counted. */
  admit(event: SecurityEvent, now: number): boolean {
    if (now >= this.windowEnd) {
      this.counts.clear();
      this.windowEnd = now + this.limits.window;
    }
    const { action, caller, origin } = event;
    const limited: [key: string, most: number][] = [
      [JSON.stringify([action]), this.limits.inAll],
      [JSON.stringify([action, 'address', origin.address]), this.limits.perAddress],
    ];
    if (caller)
      limited.push([JSON.stringify([action, caller.agency, caller.subject]), this.limits.perSubject]);
    if (limited.some(([key, most]) => (this.counts.get(key) ?? 0) >= most)) {
      this.suppress(event, now);
      return false;
    }
    for (const [key] of limited) this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    return true;
  }

  /** Counts an event that is not written. */
  suppress({ action, outcome, caller }: SecurityEvent, now: number): void {
    const agency = caller?.agency ?? '';
    const wanted = JSON.stringify([action, agency]);
    const full = this.suppressed.size >= mostSummaries && !this.suppressed.has(wanted);
    const key = full ? JSON.stringify([action, '']) : wanted;
    const summary = this.suppressed.get(key) ?? {
      action,
      outcome,
      agency: full ? '' : agency,
      count: 0,
      since: now,
      until: now,
    };
    summary.count += 1;
    summary.until = now;
    this.suppressed.set(key, summary);
  }

  /** What was counted and not taken yet. A summary that `take` returns true for is counted no further. */
  takeSummaries(take: (summary: SuppressedEvents) => boolean): void {
    for (const [key, summary] of this.suppressed) if (take(summary)) this.suppressed.delete(key);
  }

  /** Whether there are summaries to take. */
  get hasSummaries(): boolean {
    return this.suppressed.size > 0;
  }

  /** Milliseconds after which a summary of what is suppressed now is due. */
  get window(): number {
    return this.limits.window;
  }
}
