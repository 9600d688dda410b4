import { Pool } from 'pg';
import { surviveLostConnections } from '../../database/pg-pool.js';
import { answerWithin } from '../answer-within.js';
import { type DatabaseReading, DatabaseReader } from './database-reading.js';

/** Milliseconds within which a database must answer. */
const patience = 1_000;
/** Milliseconds for which what was read is told again, so that several scrapers cost no more than one. */
const freshness = 2_000;

/** Reads one database for the metrics, over a connection of its own, and never more often than it may. */
export class DatabaseProbe {
  private readonly pool: Pool;
  private readonly reader: DatabaseReader;
  private reading: Promise<DatabaseReading | undefined> = Promise.resolve(undefined);
  private readAt = Number.NEGATIVE_INFINITY;

  constructor(connectionString: string) {
    this.pool = new Pool({
      connectionString,
      max: 1,
      connectionTimeoutMillis: patience,
      query_timeout: patience,
      statement_timeout: patience,
      idleTimeoutMillis: 60_000,
      application_name: 'hms-metrics',
      // What the statistics say of tables that change this fast must not talk the planner into reading them whole.
      options: '-c enable_seqscan=off -c enable_bitmapscan=off',
    });
    surviveLostConnections(this.pool);
    this.reader = new DatabaseReader(this.pool);
  }

  /** Never rejects, and takes a second at most. Undefined: the database does not answer. */
  read(): Promise<DatabaseReading | undefined> {
    if (performance.now() - this.readAt >= freshness) {
      this.readAt = performance.now();
      this.reading = answerWithin(patience, this.reader.read());
    }
    return this.reading;
  }

  end(): Promise<void> {
    return this.pool.end();
  }
}
