import type { Pool, PoolClient } from 'pg';

/** Does work in one transaction. What it throws undoes the transaction and is thrown on. */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let result: Result;
  try {
    await client.query('BEGIN');
    result = await work(client);
    await client.query('COMMIT');
  } catch (error) {
    await undo(client);
    throw error;
  }
  client.release();
  return result;
}

/**
 * Does work in a transaction that is undone in any case. Constraints that would be looked at with the commit are
 * looked at before.
 */
export async function inUndoneTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('SET CONSTRAINTS ALL IMMEDIATE');
    return result;
  } finally {
    await undo(client);
  }
}

async function undo(client: PoolClient): Promise<void> {
  try {
    await client.query('ROLLBACK');
    client.release();
  } catch {
    // Closing the connection undoes the transaction too.
    client.release(true);
  }
}
