import type { Provider, Type } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Settings } from '../config/settings.js';
import { pgPool } from '../database/pg-pool.js';
import { ChangeSignal } from '../sync/change-signal.js';
import { BatchWriter } from './bulk/batch-writer.js';
import { bulkControllerOf } from './bulk/bulk.controller.js';
import { RecordBulk } from './bulk/record-bulk.js';
import { exportControllerOf } from './export/export.controller.js';
import { RecordExport } from './export/record-export.js';
import { LogHorizon } from './history/log-horizon.js';
import { importControllerOf } from './import/import.controller.js';
import { RecordImport } from './import/record-import.js';
import { batchWriterToken, bulkToken, exportToken, importToken } from './inject-records.decorator.js';
import { listSource } from './lists/list-source.js';
import { RecordReferences } from './record-references.js';
import type { Resource } from './resource.js';

/** The routes of a resource that are about many of its records at once. */
export const collectionControllersOf = (resource: Resource): Type[] => [
  bulkControllerOf(resource),
  importControllerOf(resource),
  exportControllerOf(resource),
];

/** What those routes need. */
export function collectionProvidersOf(resource: Resource): Provider[] {
  const { database, entity, name } = resource;
  return [
    {
      provide: batchWriterToken(entity),
      inject: [getDataSourceToken(database), ChangeSignal, RecordReferences, Settings],
      useFactory: (
        dataSource: DataSource,
        signal: ChangeSignal,
        references: RecordReferences,
        settings: Settings,
      ): BatchWriter => {
        const reasonRequired = settings.requireChangeReason.includes(name);
        return new BatchWriter(resource, { dataSource, signal, references, reasonRequired });
      },
    },
    {
      provide: bulkToken(entity),
      inject: [batchWriterToken(entity)],
      useFactory: (writer: BatchWriter): RecordBulk => new RecordBulk(writer),
    },
    {
      provide: importToken(entity),
      inject: [batchWriterToken(entity)],
      useFactory: (writer: BatchWriter): RecordImport => new RecordImport(resource, writer),
    },
    {
      provide: exportToken(entity),
      inject: [getDataSourceToken(database)],
      useFactory: (dataSource: DataSource): RecordExport => exportOf(resource, dataSource),
    },
  ];
}

function exportOf(resource: Resource, dataSource: DataSource): RecordExport {
  const source = listSource(dataSource, resource);
  const own = source.columns.map(({ member }) => member);
  // The state is where transitions brought the record; elsewhere it begins anew.
  const writable = own.filter((member) => !resource.lifeCycle || member !== 'status');
  const pool = pgPool(dataSource);
  return new RecordExport(resource, source, { own, writable }, pool, new LogHorizon(pool));
}
