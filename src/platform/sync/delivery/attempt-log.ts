import type { Pool } from 'pg';

/** Attempts that are written in one statement, and at most so many wait. */
const batchSize = 500;
const capacity = 5_000;
/** Milliseconds for which attempts are gathered. */
const gathering = 100;

/** One request, or a decision in place of one, and what came of it. */
export interface Attempt {
  readonly targetId: number;
  readonly agency: string;
  readonly recordId: string;
  readonly version: number;
  readonly outcome: 'delivered' | 'failed' | 'held' | 'skipped';
  readonly status: number | null;
  readonly error: string | null;
  /** The beginning of what a target answered that did not take the change. */
  readonly answer: string | null;
  /** In milliseconds. */
  readonly duration: number;
  /** When it ended, on the monotonic clock. */
  readonly endedAt: number;
}

/**
 * Writes attempts down behind the acknowledgements, in batches, so that no delivery waits for them. For
 * diagnosis, not as evidence: what cannot be written is lost.
 */
export class AttemptLog {
  private waiting: Attempt[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;

  constructor(private readonly pool: Pool) {}

  push(attempts: readonly Attempt[]): void {
    if (attempts.length === 0 || this.waiting.length + attempts.length > capacity) return;
    this.waiting.push(...attempts);
    this.timer ??= setTimeout(() => this.flush(), gathering);
  }

  /** Resolves when what was pushed is written, or lost. */
  async end(): Promise<void> {
    clearTimeout(this.timer);
    this.flush();
    await this.writing;
  }

  private flush(): void {
    this.writing ??= this.writeAll().finally(() => {
      this.writing = undefined;
      this.timer = undefined;
      if (this.waiting.length > 0) this.timer = setTimeout(() => this.flush(), gathering);
    });
  }

  private async writeAll(): Promise<void> {
    try {
      while (this.waiting.length > 0) await this.write(this.waiting.splice(0, batchSize));
    } catch {
      // That the database cannot be used is said by those who need it.
    }
  }

  private async write(batch: readonly Attempt[]): Promise<void> {
    const now = performance.now();
    await this.pool.query({
      name: 'sync-attempts',
      text: insertStatement,
      values: [
        batch.map(({ targetId }) => targetId),
        batch.map(({ agency }) => agency),
        batch.map(({ recordId }) => recordId),
        batch.map(({ version }) => version),
        batch.map(({ outcome }) => outcome),
        batch.map(({ status }) => status),
        batch.map(({ error }) => error),
        batch.map(({ answer }) => answer),
        batch.map(({ duration }) => Math.round(duration)),
        batch.map(({ endedAt }) => now - endedAt),
      ],
    });
  }
}

const insertStatement = `
INSERT INTO hms.sync_attempts
  (target_id, agency, record_id, version, outcome, status, error, answer, duration, attempted_at)
SELECT target_id, agency, record_id, version, outcome, status, error, answer, duration,
  clock_timestamp() - age * interval '1 millisecond'
FROM unnest($1::int[], $2::text[], $3::text[], $4::int[], $5::text[], $6::int[], $7::text[], $8::text[], $9::int[],
  $10::float8[])
  AS attempt (target_id, agency, record_id, version, outcome, status, error, answer, duration, age)`;
