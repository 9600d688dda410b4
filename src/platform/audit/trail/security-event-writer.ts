import type { Logger } from '@nestjs/common';
import { Pool } from 'pg';
import { insertEventsStatement, type SecurityEventRow } from './security-event-row.js';
import { surviveLostConnections } from '../../database/pg-pool.js';

/** Most events that wait to be written. */
const capacity = 1000;
const batchSize = 200;
/** Milliseconds until a failed write is tried again. */
const retryAfter = 1000;

/**
 * Writes security events behind the requests that cause them, in order and in batches, on a connection of
 * its own. While the database cannot be had they wait, at most 1,000 of them. What waits is lost if the
 * process is killed.
 */
export class SecurityEventWriter {
  private readonly pool: Pool;
  private readonly waiting: SecurityEventRow[] = [];
  private writing: Promise<void> | undefined;
  private retry: NodeJS.Timeout | undefined;

  constructor(
    connectionString: string,
    private readonly log: Logger,
  ) {
    this.pool = new Pool({
      connectionString,
      max: 1,
      application_name: 'hms-audit',
      connectionTimeoutMillis: 5_000,
      statement_timeout: 5_000,
      // Longer than the server's own limit: for a server that is gone without a word.
      query_timeout: 6_000,
    });
    // An idle connection was cut. The next statement opens another, or fails and is handled there.
    surviveLostConnections(this.pool);
  }

  /** Takes a row to be written soon. False: too many wait already. Never throws. */
  enqueue(row: SecurityEventRow): boolean {
    if (this.waiting.length >= capacity) return false;
    this.waiting.push(row);
    if (this.retry === undefined) this.writing ??= this.writeAll();
    return true;
  }

  /**
   * Tries once more to write what waits, then closes the connection.
   *
   * @param last rows to be written beside, even if too many wait already
   */
  async stop(last: readonly SecurityEventRow[]): Promise<void> {
    await this.writing;
    clearTimeout(this.retry);
    this.retry = undefined;
    this.waiting.push(...last);
    if (this.waiting.length > 0) await this.writeAll();
    clearTimeout(this.retry);
    if (this.waiting.length > 0)
      this.log.error(`${this.waiting.length} security events could not be written and are lost.`);
    await this.pool.end();
  }

  private async writeAll(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const batch = this.waiting.slice(0, batchSize);
        await this.pool.query({ ...insertEventsStatement, values: [JSON.stringify(batch)] });
        this.waiting.splice(0, batch.length);
      }
    } catch (error) {
      this.log.warn(error, 'Security events could not be written; they are kept and tried again.');
      this.retry = setTimeout(() => this.writeAgain(), retryAfter).unref();
    } finally {
      this.writing = undefined;
    }
  }

  private writeAgain(): void {
    this.retry = undefined;
    this.writing ??= this.writeAll();
  }
}
