import type { OnApplicationShutdown } from '@nestjs/common';
import type { ClientConfig, QueryConfig, QueryResultRow } from 'pg';
import type { DatabaseAddress, DatabaseName } from '../config/settings.js';
import { PipelinedConnection } from './pipelined-connection.js';

/** Connections to each database on which single records are read. */
const count = 2;

/** The injection token of the {@link ReadConnections} of a database. */
export const readConnectionsToken = (name: DatabaseName): string => `ReadConnections<${name}>`;

/**
 * The connections on which single records are read. Such reads are short and wait for no other transaction,
 * so they need no connection each: pipelined, many of them share a system call, a wake-up of the server and
 * a wake-up of this process. Nothing slow may run here, as what follows it would wait.
 */
export class ReadConnections implements OnApplicationShutdown {
  private readonly connections: readonly PipelinedConnection[];

  constructor(options: ClientConfig) {
    this.connections = Array.from({ length: count }, () => new PipelinedConnection(options));
  }

  /** Runs a statement on the connection that has the fewest under way. */
  query<Row extends QueryResultRow>(statement: QueryConfig): Promise<Row[]> {
    return this.connections
      .reduce((least, connection) => (connection.underWay < least.underWay ? connection : least))
      .query(statement);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.end()));
  }
}

/** Options of the read connections, on the application's login. */
export function readConnectionOptions(name: DatabaseName, { url }: DatabaseAddress): ClientConfig {
  return {
    connectionString: url,
    application_name: `hms-read-${name}`,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    // Only a lock on the whole table, as a migration takes it, makes a read wait. Those behind it wait as
    // well, so it gives up early, and the client is told to try again.
    statement_timeout: 2_000,
    // Counted from the sending, so the wait behind others is in it. It ends the connection.
    query_timeout: 5_000,
  };
}
