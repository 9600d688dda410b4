import { type DynamicModule, Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { databaseNames, Settings } from '../config/settings.js';
import { ChangeSignal } from '../sync/change-signal.js';
import { ChangeFeed } from '../sync/feed/change-feed.js';
import { LogWatches } from '../sync/feed/log-watches.js';
import { requireApplicationLogin } from './application-login.js';
import { capturedRevision } from './capture/captured-revision.js';
import { pgPool } from '../database/pg-pool.js';
import { type ReadConnections, readConnectionsToken } from '../database/read-connections.js';
import { feedControllerOf } from './feed/feed.controller.js';
import { Manifest } from './feed/manifest.js';
import { historyControllerOf } from './history/history.controller.js';
import { RecordHistory } from './history/record-history.js';
import {
  feedToken,
  historyToken,
  manifestToken,
  recordsToken,
  syncStatusToken,
} from './inject-records.decorator.js';
import { collectionControllersOf, collectionProvidersOf } from './collection-actions.js';
import { RecordReferences } from './record-references.js';
import { RecordStore } from './record-store.js';
import type { Resource } from './resource.js';
import { syncedResourceOf } from './resource-lists.js';
import { RecordSyncStatus } from './sync-status/record-sync-status.js';
import { syncStatusControllerOf } from './sync-status/sync-status.controller.js';
import { requireTransactionCounter } from './transaction-counter.js';
import type { VersionedRecord } from './versioned-record.entity.js';

/** Gives a feature module the store of its records, and its resource the routes of their history and delivery. */
@Module({})
export class RecordsModule {
  /** Once, for the application: lets the stores look at each other's records. */
  static forRoot(resources: readonly Resource[]): DynamicModule {
    return {
      module: RecordsModule,
      global: true,
      providers: [
        {
          provide: RecordReferences,
          inject: databaseNames.map(readConnectionsToken),
          useFactory: (...connections: ReadConnections[]): RecordReferences => {
            const reads = new Map(databaseNames.map((name, index) => [name, connections[index]]));
            return new RecordReferences(resources, (name) => reads.get(name) as ReadConnections);
          },
        },
      ],
      exports: [RecordReferences],
    };
  }

  /**
   * For the `imports` of a feature module; inject the store with `@InjectRecords(Entity)`, the history of its
   * records with `@InjectHistory(Entity)`.
   */
  static forFeature<Entity extends VersionedRecord>(resource: Resource<Entity>): DynamicModule {
    const { database, entity } = resource;
    const token = recordsToken(entity);
    const synced = syncedResourceOf(resource);
    return {
      module: RecordsModule,
      controllers: [
        historyControllerOf(resource),
        syncStatusControllerOf(resource),
        feedControllerOf(resource),
        ...collectionControllersOf(resource),
      ],
      providers: [
        {
          provide: token,
          inject: [
            getDataSourceToken(resource.database),
            readConnectionsToken(resource.database),
            ChangeSignal,
            RecordReferences,
            Settings,
          ],
          useFactory: async (
            dataSource: DataSource,
            reads: ReadConnections,
            signal: ChangeSignal,
            references: RecordReferences,
            settings: Settings,
          ): Promise<RecordStore<Entity>> => {
            await requireApplicationLogin(dataSource, resource.database);
            await requireTransactionCounter(dataSource, resource.database);
            return new RecordStore(
              resource,
              { dataSource, reads, signal, references },
              {
                revision: await capturedRevision(dataSource, resource),
                reasonRequired: settings.requireChangeReason.includes(resource.name),
              },
            );
          },
        },
        {
          provide: historyToken(resource.entity),
          inject: [getDataSourceToken(resource.database)],
          useFactory: (dataSource: DataSource): RecordHistory =>
            new RecordHistory(resource, pgPool(dataSource)),
        },
        {
          provide: feedToken(entity),
          inject: [getDataSourceToken(database), LogWatches],
          useFactory: (dataSource: DataSource, watches: LogWatches): ChangeFeed =>
            new ChangeFeed(synced, pgPool(dataSource), watches.of(database)),
        },
        {
          provide: manifestToken(entity),
          inject: [getDataSourceToken(database)],
          useFactory: (dataSource: DataSource): Manifest => new Manifest(synced, pgPool(dataSource)),
        },
        {
          provide: syncStatusToken(entity),
          inject: [getDataSourceToken(database)],
          useFactory: (dataSource: DataSource): RecordSyncStatus =>
            new RecordSyncStatus(resource, synced.table, pgPool(dataSource)),
        },
        ...collectionProvidersOf(resource),
      ],
      exports: [token, historyToken(resource.entity)],
    };
  }
}
