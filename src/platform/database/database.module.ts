import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { databaseNames } from '../config/settings.js';
import { Settings } from '../config/settings.js';
import { dataSourceOptions, type EntityClass } from './data-source.js';
import { DatabaseAddresses } from './database-addresses.js';
import { ReadConnections, readConnectionOptions, readConnectionsToken } from './read-connections.js';

/** The data sources `policy` and `market` and their read connections, on the application's login. */
@Module({})
export class DatabaseModule {
  /**
   * @param addresses where the databases are
   * @param entities of each database
   */
  static of(addresses: DatabaseAddresses, entities: Record<string, readonly EntityClass[]>): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: databaseNames.map((name) =>
        TypeOrmModule.forRootAsync({
          name,
          inject: [Settings],
          // The databases were looked at before. Retries go on behind a start that has failed for another reason.
          useFactory: (settings: Settings): TypeOrmModuleOptions => ({
            ...dataSourceOptions(name, addresses[name], settings, entities[name] ?? []),
            retryAttempts: 1,
          }),
        }),
      ),
      providers: [
        { provide: DatabaseAddresses, useValue: addresses },
        ...databaseNames.map((name) => ({
          provide: readConnectionsToken(name),
          useFactory: () => new ReadConnections(readConnectionOptions(name, addresses[name])),
        })),
      ],
      exports: [DatabaseAddresses, ...databaseNames.map(readConnectionsToken)],
    };
  }
}
