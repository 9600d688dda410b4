import { Pool } from 'pg';
import { surviveLostConnections } from '../database/pg-pool.js';

/**
 * The connections of one dispatcher. They are its own, so that neither requests nor deliveries can starve
 * the other.
 *
 * Its commits do not wait for the disk. A claim or an acknowledgement that a crash of the server undoes
 * means a change sent twice, which at-least-once allows; the change itself was committed by its writer.
 */
export function createSyncPool(connectionString: string): Pool {
  const pool = new Pool({
    connectionString,
    max: 3,
    application_name: 'hms-sync',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    // Longer than the server's own limit: for a server that is gone without a word.
    query_timeout: 15_000,
    // A plan that was made while the tables were small is kept while they grow; it must be good for both.
    options: '-c synchronous_commit=off -c enable_seqscan=off',
  });
  // An idle connection was cut. The next statement opens another, or fails and is handled there.
  surviveLostConnections(pool);
  return pool;
}
