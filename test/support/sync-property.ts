import type { Pool } from 'pg';
import { createDatabases, superuserPool, type TestDatabases } from './cluster.js';
import { randomOf, seeds } from './seed.js';
import { SyncInterleaving } from './sync-interleaving.js';

/** Runs so many random interleavings on a database of their own. @returns what is wrong, with the seeds */
export async function runInterleavings(count: number): Promise<string[]> {
  const databases: TestDatabases = await createDatabases();
  const pool = superuserPool(databases.names.policy);
  try {
    // A retention may remove rows; the triggers that keep them otherwise are not what is tested.
    await pool.query('ALTER TABLE hms.changes DISABLE TRIGGER USER');
    return await runAll(pool, count);
  } finally {
    await pool.end();
    await databases.drop();
  }
}

async function runAll(pool: Pool, count: number): Promise<string[]> {
  for (const seed of seeds(count)) {
    const faults = await new SyncInterleaving(pool, `s${seed}`, randomOf(seed)).run(60);
    if (faults.length > 0) return [`The seed was ${seed}.`, ...faults];
  }
  return [];
}
