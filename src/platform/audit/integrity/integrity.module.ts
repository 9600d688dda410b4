import { type DynamicModule, Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Settings } from '../../config/settings.js';
import { DatabaseAddresses } from '../../database/database-addresses.js';
import { pgPool } from '../../database/pg-pool.js';
import type { Resource } from '../../records/resource.js';
import { auditedTables } from './audited-table.js';
import { IntegrityController } from './integrity.controller.js';
import { IntegrityService } from './integrity.service.js';
import { proofControllerOf } from './proof.controller.js';

/** Makes the logs tamper-evident: signed checkpoints, verification and proofs. */
@Module({})
export class IntegrityModule {
  /** @param resources whose changes are in the logs, of both databases */
  static forRoot(resources: readonly Resource[]): DynamicModule {
    return {
      module: IntegrityModule,
      controllers: [IntegrityController, ...resources.map(proofControllerOf)],
      providers: [
        {
          provide: IntegrityService,
          inject: [Settings, DatabaseAddresses, getDataSourceToken('policy'), getDataSourceToken('market')],
          useFactory: (
            settings: Settings,
            addresses: DatabaseAddresses,
            policy: DataSource,
            market: DataSource,
          ): IntegrityService =>
            new IntegrityService(settings, addresses, auditedTables(resources), {
              policy: pgPool(policy),
              market: pgPool(market),
            }),
        },
      ],
    };
  }
}
