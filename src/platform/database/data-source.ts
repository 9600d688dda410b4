import type { Client } from 'pg';
import { AbstractLogger, type EntitySchema } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import type { DatabaseAddress, DatabaseName, Settings } from '../config/settings.js';

/** Classes (or schemas) of entities or migrations. */
export type EntityClass = (new () => object) | EntitySchema;

/** Options of a data source that serves requests, on the application's login. Never changes the schema. */
export function dataSourceOptions(
  name: DatabaseName,
  address: DatabaseAddress,
  settings: Pick<Settings, 'databasePoolSize'>,
  entities: readonly EntityClass[],
): PostgresDataSourceOptions {
  return {
    ...commonOptions(address.url, entities),
    applicationName: `hms-api-${name}`,
    poolSize: settings.databasePoolSize,
    extra: {
      ...connectionExtras,
      statement_timeout: 10_000,
      // The server's own limits end nothing when it, or the network, no longer answers at all.
      query_timeout: 15_000,
      lock_timeout: 2_000,
      idle_in_transaction_session_timeout: 30_000,
    },
  };
}

/** What every data source of the service has in common, the one that migrates included. */
export function commonOptions(url: string, entities: readonly EntityClass[]): PostgresDataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities: [...entities],
    connectTimeoutMS: 5_000,
    // The application's login may create nothing; nor is any extension needed.
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    synchronize: false,
    logging: false,
    logger: new SilentLogger(),
    migrationsTableName: 'migrations',
    extra: connectionExtras,
  };
}

/** What fails is thrown, and told by whoever catches it; TypeORM would write some of it to the console as well. */
class SilentLogger extends AbstractLogger {
  protected writeLog(): void {}
}

const connectionExtras = {
  keepAlive: true,
  // The pool drops a connection that breaks; one that breaks while lent out shows in its next query. Without
  // a listener of its own it would end the process.
  onConnect: (client: Client) => {
    client.on('error', () => undefined);
  },
};
