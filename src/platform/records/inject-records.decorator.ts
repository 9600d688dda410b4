import { Inject, type Type } from '@nestjs/common';

/** The injection token of the store of an entity's records. */
export const recordsToken = (entity: Type): string => `RecordStore<${entity.name}>`;

/** The injection token of the history of an entity's records. */
export const historyToken = (entity: Type): string => `RecordHistory<${entity.name}>`;

/** The injection token of the feed of an entity's changes. */
export const feedToken = (entity: Type): string => `ChangeFeed<${entity.name}>`;

/** The injection token of the manifest of an entity's records. */
export const manifestToken = (entity: Type): string => `Manifest<${entity.name}>`;

/** The injection token of the sync status of an entity's records. */
export const syncStatusToken = (entity: Type): string => `RecordSyncStatus<${entity.name}>`;

/** The injection token of what writes many of an entity's records at once. */
export const batchWriterToken = (entity: Type): string => `BatchWriter<${entity.name}>`;

/** The injection token of the bulk requests of an entity's records. */
export const bulkToken = (entity: Type): string => `RecordBulk<${entity.name}>`;

/** The injection token of the imports of an entity's records. */
export const importToken = (entity: Type): string => `RecordImport<${entity.name}>`;

/** The injection token of the exports of an entity's records. */
export const exportToken = (entity: Type): string => `RecordExport<${entity.name}>`;

/** Injects the `RecordStore` of an entity, which `RecordsModule.forFeature` provides. */
export const InjectRecords = (entity: Type): ParameterDecorator => Inject(recordsToken(entity));

/** Injects the `RecordHistory` of an entity, which `RecordsModule.forFeature` provides. */
export const InjectHistory = (entity: Type): ParameterDecorator => Inject(historyToken(entity));
