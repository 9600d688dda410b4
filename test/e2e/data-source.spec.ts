import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { dataSourceOptions } from '../../src/platform/database/data-source.js';
import { pgPool } from '../../src/platform/database/pg-pool.js';
import { problemOf } from '../../src/platform/http/problems/problem-of.js';
import { createDatabases, superuserPool, type TestDatabases } from '../support/cluster.js';
import { TcpProxy } from '../support/tcp-proxy.js';

@Entity('things')
class Thing {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column({ type: 'jsonb' })
  data: object;
}

let databases: TestDatabases;
let dataSource: DataSource;

beforeAll(async () => {
  databases = await createDatabases();
});

beforeEach(async () => {
  const { policy } = databases.addresses;
  dataSource = await new DataSource(
    dataSourceOptions('policy', policy, { databasePoolSize: 3 }, [Thing]),
  ).initialize();
});

afterEach(async () => {
  await dataSource.destroy();
});

afterAll(async () => {
  await databases.drop();
});

describe('A data source', () => {
  it('connects on a login that may create nothing, and sets the time limits of the service', async () => {
    const { rows } = await pgPool(dataSource).query(
      `SELECT current_user AS login, current_setting('statement_timeout') AS statement,
              current_setting('lock_timeout') AS lock, current_setting('application_name') AS application,
              current_setting('idle_in_transaction_session_timeout') AS idle`,
    );
    expect(rows).toEqual([
      { login: 'hms_app', statement: '10s', lock: '2s', application: 'hms-api-policy', idle: '30s' },
    ]);
    expect(pgPool(dataSource).options.max).toBe(3);
  });

  it('outlives the end of its sessions, idle or lent out', async () => {
    const pool = pgPool(dataSource);
    const lent = await pool.connect();
    await endSessions();
    await expect(lent.query('SELECT 1')).rejects.toThrow(/terminat|not queryable/);
    lent.release(true);
    await expect(dataSource.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it('gives up on a server that no longer answers, as a passing problem', async () => {
    const { policy } = databases.addresses;
    const proxy = await TcpProxy.to(policy.url);
    const options = dataSourceOptions(
      'policy',
      { ...policy, url: proxy.through(policy.url) },
      { databasePoolSize: 1 },
      [],
    );
    const { query_timeout: limit } = options.extra as { query_timeout: number };
    expect(limit).toBe(15_000);
    // The test need not wait as long as a request would.
    const stalled = new DataSource({
      ...options,
      extra: { ...(options.extra as object), query_timeout: 300 },
    });
    await stalled.initialize();
    try {
      proxy.swallow();
      const error: unknown = await pgPool(stalled)
        .query('SELECT 1')
        .catch((thrown: unknown) => thrown);
      expect(problemOf(error)).toMatchObject({ code: 'unavailable', message: expect.any(String) as string });
    } finally {
      await stalled.destroy();
      await proxy.end();
    }
  });

  it('has no pool before it is initialized', () => {
    const fresh = new DataSource(dataSource.options);
    expect(() => pgPool(fresh)).toThrow('The data source has no pool yet: initialize it first.');
  });
});

/** Ends the sessions of the data source, and returns when the server has none left. */
async function endSessions(): Promise<void> {
  const admin = superuserPool(databases.names.policy);
  try {
    await admin.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE datname = current_database() AND usename = 'hms_app'`,
    );
  } finally {
    await admin.end();
  }
}
