import { createSyncPool } from '../../src/platform/sync/sync-pool.js';
import { createDatabases, superuserPool } from '../support/cluster.js';

describe('a connection that a pool has lent out', () => {
  it('may be ended by the server without ending the process', async () => {
    const databases = await createDatabases();
    const pool = createSyncPool(databases.addresses.policy.url);
    const superuser = superuserPool(databases.names.policy);
    try {
      const client = await pool.connect();
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      // Not events.once: it would listen for the error as well.
      const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
      await superuser.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await ended;
      client.release(true);
      expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    } finally {
      await Promise.all([pool.end(), superuser.end()]);
      await databases.drop();
    }
  });
});
