import { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/** The `pg` pool behind a data source that is initialized, for prepared statements. */
export function pgPool(dataSource: DataSource): Pool {
  const master: unknown = Reflect.get(dataSource.driver, 'master');
  if (!(master instanceof Pool)) throw new Error('The data source has no pool yet: initialize it first.');
  return master;
}

/**
 * Keeps the process alive when the server ends a connection. An idle one is dropped by the pool; one that is
 * lent out shows in its next query. Either would end the process if nobody listened.
 */
export function surviveLostConnections(pool: Pool): void {
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
}
