import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { type DatabaseName, databaseNames } from '../../config/settings.js';
import { pgPool } from '../../database/pg-pool.js';
import { ChangeSignal } from '../change-signal.js';
import { LogWatch } from './log-watch.js';

/** The watch over the log of each database, until the service begins to stop. */
@Injectable()
export class LogWatches implements OnModuleDestroy {
  private readonly watches: Readonly<Record<DatabaseName, LogWatch>>;

  constructor(
    @InjectDataSource('policy') policy: DataSource,
    @InjectDataSource('market') market: DataSource,
    signal: ChangeSignal,
  ) {
    this.watches = { policy: new LogWatch(pgPool(policy)), market: new LogWatch(pgPool(market)) };
    for (const name of databaseNames) signal.subscribe(name, () => this.watches[name].notify());
  }

  of(database: DatabaseName): LogWatch {
    return this.watches[database];
  }

  onModuleDestroy(): void {
    for (const name of databaseNames) this.watches[name].stop();
  }
}
