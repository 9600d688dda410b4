import type { ClientConfig } from 'pg';
import { PipelinedConnection } from '../../src/platform/database/pipelined-connection.js';
import { ReadConnections, readConnectionOptions } from '../../src/platform/database/read-connections.js';
import { problemOf } from '../../src/platform/http/problems/problem-of.js';
import { createDatabases, superuserPool, type TestDatabases } from '../support/cluster.js';
import { until } from '../support/gate.js';

let databases: TestDatabases;
let options: ClientConfig;

beforeAll(async () => {
  databases = await createDatabases();
  // Here a statement waits until the test ends its connection.
  options = {
    ...readConnectionOptions('policy', databases.addresses.policy),
    statement_timeout: 60_000,
    query_timeout: 60_000,
  };
});

afterAll(async () => {
  await databases.drop();
});

const lock = 4711;
const waitForLock = { text: `SELECT pg_advisory_xact_lock_shared(${lock})` };
const number = (value: number) => ({ name: 'number', text: 'SELECT $1::int AS number', values: [value] });

/** Runs while another session holds a lock, and knows how many statements of the read connections wait. */
async function whileLocked(
  work: (waiting: (statements: number) => Promise<void>, end: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const pool = superuserPool(databases.names.policy);
  const holder = await pool.connect();
  const sessions = `FROM pg_stat_activity WHERE application_name = '${options.application_name}'`;
  try {
    await holder.query(`SELECT pg_advisory_lock(${lock})`);
    await work(
      (statements) =>
        until(`${statements} statements wait`, async () => {
          const { rows } = await pool.query<{ pid: number }>(
            `SELECT pid ${sessions} AND wait_event = 'advisory'`,
          );
          return rows.length === statements;
        }),
      async () => {
        await pool.query(`SELECT pg_terminate_backend(pid) ${sessions}`);
      },
    );
  } finally {
    holder.release(true);
    await pool.end();
  }
}

describe('A pipelined connection', () => {
  let connection: PipelinedConnection;

  beforeEach(() => {
    connection = new PipelinedConnection(options);
  });

  afterEach(async () => {
    await connection.end();
  });

  it('gives each of many statements its own answer, though some fail', async () => {
    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, async (_, index) =>
        connection.query(index % 5 === 3 ? { text: 'SELECT 1 / 0' } : number(index)),
      ),
    );
    expect(answers).toMatchObject(
      answers.map((_, index) =>
        index % 5 === 3
          ? { status: 'rejected', reason: { code: '22012' } }
          : { status: 'fulfilled', value: [{ number: index }] },
      ),
    );
    expect(connection.underWay).toBe(0);
  });

  it('fails what is under way when it is lost, as a passing problem, and opens again', async () => {
    await whileLocked(async (waiting, end) => {
      const lost = Promise.allSettled([connection.query(waitForLock), connection.query(number(1))]);
      await waiting(1);
      await end();
      for (const answer of await lost) {
        expect(answer.status).toBe('rejected');
        expect(problemOf((answer as PromiseRejectedResult).reason).code).toBe('unavailable');
      }
    });
    await expect(connection.query(number(2))).resolves.toEqual([{ number: 2 }]);
  });

  it('opens when the server is there, though it was not before', async () => {
    const refused = { ...options };
    const late = new PipelinedConnection(refused);
    refused.connectionString = 'postgres://127.0.0.1:1/none';
    await expect(late.query(number(1))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    refused.connectionString = options.connectionString;
    await expect(late.query(number(1))).resolves.toEqual([{ number: 1 }]);
    await late.end();
  });

  it('answers what is under way before it ends', async () => {
    const answers = Promise.all([connection.query(number(1)), connection.query(number(2))]);
    expect(connection.underWay).toBe(2);
    await connection.end();
    await expect(answers).resolves.toEqual([[{ number: 1 }], [{ number: 2 }]]);
  });
});

describe('The read connections', () => {
  let connections: ReadConnections;

  beforeEach(() => {
    connections = new ReadConnections(options);
  });

  afterEach(async () => {
    await connections.onApplicationShutdown();
  });

  it('send a read past a connection on which another one waits', async () => {
    await whileLocked(async (waiting, end) => {
      const slow = connections.query(waitForLock).catch(() => 'lost');
      await waiting(1);
      for (let value = 0; value < 3; value++)
        await expect(connections.query(number(value))).resolves.toEqual([{ number: value }]);
      await end();
      await expect(slow).resolves.toBe('lost');
    });
  });

  it('are on the login of the application, and let no statement take long', async () => {
    const { application_name } = readConnectionOptions('policy', databases.addresses.policy);
    const limited = new ReadConnections(readConnectionOptions('policy', databases.addresses.policy));
    const rows = await limited.query({
      text: `SELECT current_user AS login, current_setting('statement_timeout') AS statement,
                    current_setting('application_name') AS application`,
    });
    expect(rows).toEqual([{ login: 'hms_app', statement: '2s', application: application_name }]);
    await limited.onApplicationShutdown();
  });
});
