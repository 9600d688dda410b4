import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Gauge } from '@prometheus-io/client';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { DatabaseName } from '../../config/settings.js';
import { pgPool } from '../../database/pg-pool.js';
import { SyncService } from '../../sync/sync.service.js';
import { DeliveryWaiter } from '../../sync/wait/delivery-waiter.js';
import { MetricsRegistry } from './metrics-registry.js';

/** What this process knows of itself: its role, its dispatchers and its connections. */
@Injectable()
export class ProcessMetrics {
  private readonly idle: Gauge<'database'>;
  private readonly connections: Gauge<'database' | 'pool' | 'state'>;
  private readonly waiting: Gauge<'database' | 'pool'>;
  private readonly waiters: Gauge;
  private readonly requestPools: Readonly<Record<DatabaseName, Pool>>;

  constructor(
    private readonly sync: SyncService,
    private readonly waiter: DeliveryWaiter,
    @InjectDataSource('policy') policy: DataSource,
    @InjectDataSource('market') market: DataSource,
    { register }: MetricsRegistry,
  ) {
    this.requestPools = { policy: pgPool(policy), market: pgPool(market) };
    const registers = [register];
    this.idle = new Gauge({
      name: 'hms_sync_idle_seconds',
      help: 'Time since the dispatcher of this process last began a turn; over 60 it is stuck.',
      labelNames: ['database'],
      registers,
    });
    this.connections = new Gauge({
      name: 'hms_database_connections',
      help: 'Connections of this process, by what they serve.',
      labelNames: ['database', 'pool', 'state'],
      registers,
    });
    this.waiting = new Gauge({
      name: 'hms_database_waiting',
      help: 'Statements of this process that wait for a connection.',
      labelNames: ['database', 'pool'],
      registers,
    });
    this.waiters = new Gauge({
      name: 'hms_sync_waiting_requests',
      help: 'Requests of this process that wait for the delivery of their change.',
      registers,
    });
  }

  /** Brings the gauges up to date. */
  collect(): void {
    for (const [database, idle] of this.sync.idleTimes()) this.idle.set({ database }, idle / 1000);
    this.waiters.set(this.waiter.waiting);
    for (const [database, pool] of Object.entries(this.requestPools))
      this.showPool(database, 'requests', pool);
    for (const [database, pool] of this.sync.pools()) this.showPool(database, 'sync', pool);
  }

  private showPool(database: string, pool: string, { totalCount, idleCount, waitingCount }: Pool): void {
    this.connections.set({ database, pool, state: 'busy' }, totalCount - idleCount);
    this.connections.set({ database, pool, state: 'idle' }, idleCount);
    this.waiting.set({ database, pool }, waitingCount);
  }
}
