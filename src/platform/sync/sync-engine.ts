import type { Logger } from '@nestjs/common';
import type { Pool } from 'pg';
import type { DatabaseName, Settings } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { applyConfiguredTarget } from './targets/configured-target.js';
import { AttemptLog } from './delivery/attempt-log.js';
import { BreakerStore } from './delivery/breaker-store.js';
import type { DeliveryClient } from './delivery/delivery-client.js';
import { Dispatcher } from './delivery/dispatcher.js';
import { InstanceRegister } from './targets/instance-register.js';
import { Outage } from './delivery/outage.js';
import { ObservedCursorStore } from './observation/observed-cursor-store.js';
import type { SyncObserver } from './observation/sync-observer.js';
import type { Solitude } from './delivery/solitude.js';
import { createSyncPool } from './sync-pool.js';
import type { SyncedResource } from './synced-resource.js';
import type { SecretSealer } from './targets/secret-sealer.js';
import { deleteExpiredSecrets } from './targets/secret-expiry.js';
import { resealSecrets } from './targets/secret-resealing.js';
import { Housekeeping } from './jobs/housekeeping.js';
import { JobRunner } from './jobs/job-runner.js';
import type { TargetTypes } from './target-types/target-types.js';
import { TargetRegistry } from './targets/target-registry.js';
import { TargetVault } from './targets/target-vault.js';
import { WakeUp } from './delivery/wake-up.js';
import { WebhookSignature } from './delivery/webhook-signature.js';

/** What the sync of one database is made of. */
export interface SyncEngineOptions {
  /** Also its name in the log. */
  readonly database: DatabaseName;
  /** Connection URL of the application's login. */
  readonly url: string;
  /** The resources that live in it. */
  readonly resources: readonly SyncedResource[];
  readonly settings: Settings['sync'];
  /** Milliseconds between two looks for what is due, at most, when nothing says that there is something. */
  readonly pollInterval: number;
  readonly sealer: SecretSealer;
  readonly types: TargetTypes;
  readonly client: Pick<DeliveryClient, 'post'>;
  readonly observer: SyncObserver;
  /** One for the whole process. */
  readonly solitude: Solitude;
  readonly log: Pick<Logger, 'error' | 'warn' | 'log'>;
}

/** Milliseconds between two looks for jobs, while there are some and while there are none. */
const jobInterval = { waiting: 100, idle: 500 };
/** Milliseconds between two turns of the housekeeping. */
const housekeepingInterval = 60_000;

/** The sync of one database, independent of any other: its connections, targets, dispatcher and jobs. */
export class SyncEngine {
  /** The connections of this engine alone. */
  readonly pool: Pool;
  readonly targets: TargetRegistry;
  private readonly instances: InstanceRegister;
  private readonly dispatcher: Dispatcher;
  private readonly jobs: JobRunner;
  private readonly housekeeping: Housekeeping;
  /** Apart from the dispatcher's, so that each says for itself what it cannot do. */
  private readonly upkeepOutage: Outage;
  private readonly wakeUp = new WakeUp();
  private stopping = false;
  /** Ids of the targets there were at the last look. */
  private seenIds: ReadonlySet<number> = new Set();
  /** When the next turn of the housekeeping begins, on the monotonic clock. */
  private cleanAt = 0;
  private upkeep: Promise<void> = Promise.resolve();
  private stopped: Promise<void> | undefined;
  private demo = false;

  constructor(private readonly options: SyncEngineOptions) {
    const { url, database, resources, settings, sealer, types, client, observer, solitude, log } = options;
    const signatures = new Map<string, WebhookSignature>();
    if (settings.target) signatures.set(settings.target.name, new WebhookSignature(settings.target.secret));
    this.pool = createSyncPool(url);
    this.instances = new InstanceRegister(this.pool, settings.target);
    this.targets = new TargetRegistry(
      {
        pool: this.pool,
        resources,
        vault: new TargetVault(this.pool, sealer, log),
        signatures,
        types,
        log,
      },
      { ...settings, longestTimeout: settings.lease - 200 },
    );
    this.jobs = new JobRunner(this.pool, resources);
    this.housekeeping = new Housekeeping(this.pool, settings, log);
    this.upkeepOutage = new Outage(`prepare targets in the database ${database}`, log);
    this.dispatcher = new Dispatcher(
      {
        database,
        cursors: new ObservedCursorStore(this.pool, database, observer),
        breakers: new BreakerStore(this.pool),
        attempts: new AttemptLog(this.pool),
        targets: this.targets,
        client,
        observer,
        solitude,
        outage: new Outage(`use the database ${database}`, log),
        log,
      },
      { lease: settings.lease, pollInterval: options.pollInterval },
    );
  }

  /** Whether the demo external system is among the targets. */
  get usesDemo(): boolean {
    return this.demo;
  }

  /** Looks at once for what is due. */
  wake(): void {
    this.dispatcher.wake();
  }

  /**
   * Goes by what the targets are now, and soon removes what a deleted one has left behind. If they cannot be read,
   * that is done when they can.
   */
  async targetsChanged(): Promise<void> {
    this.targets.forget();
    this.cleanAt = 0;
    await this.targets.refresh().catch(() => undefined);
    this.wake();
  }

  /** Milliseconds since the dispatcher last began a turn. More than a minute: it is stuck. */
  get idleTime(): number {
    return performance.now() - this.dispatcher.lastTick;
  }

  /**
   * Starts to deliver. Resolves when the configured target is in place, or the database cannot be used;
   * then that is tried again until it can.
   *
   * @throws {StartupError} when another instance has other settings
   */
  async start(): Promise<void> {
    const configured = await this.configure();
    this.dispatcher.start();
    this.upkeep = this.keepUp(configured);
  }

  /**
   * Lets the requests under way end, writes down how far each record got, and closes all connections to the
   * database. What is not delivered by then is delivered by another process, or at the next start. May be
   * called again.
   */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    this.stopping = true;
    this.wakeUp.now();
    const left = this.upkeep.then(() => this.instances.leave()).catch(() => undefined);
    await Promise.all([left, this.dispatcher.stop()]);
    await this.pool.end();
  }

  /** @returns whether the configured target is in place */
  private async configure(): Promise<boolean> {
    const { resources, settings, log } = this.options;
    try {
      await this.instances.join();
      this.demo = await applyConfiguredTarget(this.pool, resources, settings.target, log);
      this.targets.forget();
      return true;
    } catch (error) {
      if (error instanceof StartupError) throw error;
      this.upkeepOutage.failed(error);
      return false;
    }
  }

  /** What is done beside delivering: the jobs, and removing what is no longer needed. */
  private async keepUp(configured: boolean): Promise<void> {
    let ready = configured;
    while (!this.stopping) {
      let delay = 0;
      try {
        ready ||= await this.configure();
        await this.instances.beat();
        await this.clean();
        const progress = await this.jobs.step();
        if (progress === 'moved') this.wake();
        else delay = jobInterval[progress];
        this.upkeepOutage.over();
      } catch (error) {
        this.cleanAt = 0;
        delay = this.upkeepOutage.failed(error);
      }
      if (delay > 0) await this.wakeUp.sleep(delay);
    }
  }

  /** Every minute, soon after a target is gone, and again for what could not be removed in one turn. */
  private async clean(): Promise<void> {
    const ids = this.targets.ids();
    if ([...this.seenIds].some((id) => !ids.has(id))) this.cleanAt = 0;
    this.seenIds = ids;
    if (performance.now() < this.cleanAt) return;
    // Set before the turn: a target that is deleted while it lasts is cleaned up by another one.
    this.cleanAt = performance.now() + housekeepingInterval;
    await deleteExpiredSecrets(this.pool);
    await resealSecrets(this.pool, this.options.sealer);
    if (await this.housekeeping.turn()) this.cleanAt = 0;
  }
}
