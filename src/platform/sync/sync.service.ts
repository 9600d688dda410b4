import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Pool } from 'pg';
import { type DatabaseName, databaseNames, type Role, Settings } from '../config/settings.js';
import { DatabaseAddresses } from '../database/database-addresses.js';
import { ChangeSignal } from './change-signal.js';
import { Solitude } from './delivery/solitude.js';
import { ObservedClient } from './observation/observed-client.js';
import { SyncEngine } from './sync-engine.js';
import { type SyncedResource, syncedResources } from './synced-resource.js';
import { readEncryptionKeys } from './targets/encryption-keys.js';
import { SecretSealer } from './targets/secret-sealer.js';
import type { Target } from './targets/target.js';

/**
 * Milliseconds between two looks for what is due, at most. No signal of a commit reaches a process that only
 * delivers, so it looks more often.
 */
const pollIntervals: Readonly<Record<Role, number>> = { all: 250, api: 250, dispatcher: 50 };

/**
 * Delivers the changes of both databases while the application runs: from the end of its start until it
 * has answered its last request. With the role `api` it leaves that to other processes.
 */
@Injectable()
export class SyncService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly engines: ReadonlyMap<DatabaseName, SyncEngine>;

  constructor(
    addresses: DatabaseAddresses,
    settings: Settings,
    client: ObservedClient,
    private readonly signal: ChangeSignal,
    @Inject(syncedResources) resources: readonly SyncedResource[],
  ) {
    const log = new Logger('Sync');
    const databases = settings.role === 'api' ? [] : databaseNames;
    const sealer = new SecretSealer(readEncryptionKeys(settings.encryption));
    const solitude = new Solitude();
    this.engines = new Map(
      databases.map((database) => [
        database,
        new SyncEngine({
          database,
          url: addresses[database].url,
          resources: resources.filter((resource) => resource.database === database),
          settings: settings.sync,
          pollInterval: pollIntervals[settings.role],
          sealer,
          types: client.types,
          client,
          observer: client.observer,
          solitude,
          log,
        }),
      ]),
    );
  }

  /** Whether this process sends anything. */
  get delivers(): boolean {
    return this.engines.size > 0;
  }

  /** Whether the demo external system gets changes. */
  get usesDemo(): boolean {
    return [...this.engines.values()].some((engine) => engine.usesDemo);
  }

  /** For liveness: how long each dispatcher's turn has lasted, in milliseconds. Over a minute: it is stuck. */
  idleTimes(): ReadonlyMap<DatabaseName, number> {
    return new Map([...this.engines].map(([database, engine]) => [database, engine.idleTime]));
  }

  /** For metrics: the connections of each dispatcher. */
  pools(): ReadonlyMap<DatabaseName, Pool> {
    return new Map([...this.engines].map(([database, { pool }]) => [database, pool]));
  }

  /**
   * Lets the dispatcher of this process go by what the targets are now. If it cannot read them, it does when
   * it can.
   */
  async targetsChanged(database: DatabaseName): Promise<void> {
    await this.engines.get(database)?.targetsChanged();
  }

  /** A target as it is now, paused or not; undefined where this process cannot sign for it. */
  async target(database: DatabaseName, id: number): Promise<Target | undefined> {
    const engine = this.engines.get(database);
    engine?.targets.forget();
    await engine?.targets.refresh();
    return engine?.targets.find(id);
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const [database, engine] of this.engines) this.signal.subscribe(database, () => engine.wake());
    await Promise.all([...this.engines.values()].map((engine) => engine.start()));
  }

  /**
   * Nest calls this after the HTTP server has ended. What is not delivered by then is not lost: another
   * instance delivers it, or this one at its next start.
   */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.engines.values()].map((engine) => engine.stop()));
  }
}
