import { setTimeout as pause } from 'node:timers/promises';
import type { Acquittals } from './acquittals.js';
import { BatchPace } from './batch-pace.js';
import type { Acknowledgement, AcknowledgementResult, CursorStore } from './cursor-store.js';
import type { Outage } from './outage.js';

/** Acknowledgements that are written in one statement. */
const batchSize = 200;
/** Milliseconds for which acknowledgements are gathered, when there are few and when there are many. */
const gathering = { few: 3, many: 15 };
/** Milliseconds until one that a writer's lock blocked is tried again. */
const blockedPause = 25;

interface Entry {
  readonly acknowledgement: Acknowledgement;
  /** On the monotonic clock. */
  readonly leaseEnds: number;
  /** Told whether the claim was still ours. */
  readonly written: (isOurs: boolean) => void;
}

/** Who is told about acknowledgements. */
export interface AcknowledgementWatch {
  /** An acknowledged cursor is due again. */
  readonly due: () => void;
  /** So many were given up, since their lease was over. */
  readonly lost: (count: number) => void;
}

/**
 * Writes acknowledgements down in batches. One that fails, or that a writer's lock blocks, is tried again
 * until its lease ends; then the change is sent once more by whoever claims it.
 */
export class AcknowledgementQueue {
  private entries: Entry[] = [];
  private busy = false;
  private readonly pace = new BatchPace(gathering.few, gathering.many);
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly cursors: CursorStore,
    private readonly acquittals: Acquittals,
    private readonly outage: Outage,
    private readonly watch: AcknowledgementWatch,
  ) {}

  /**
   * Writes down what came of a claim, or how far a record got of which more is being sent under it (`kept`).
   *
   * @param leaseEnds on the monotonic clock, in milliseconds
   * @returns when that is written or given up: whether the claim was still ours. Never rejects
   */
  async push(acknowledgement: Acknowledgement, leaseEnds: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.add({ acknowledgement, leaseEnds, written: resolve });
    return promise;
  }

  /** Resolves when all that was pushed is written or given up. */
  async empty(): Promise<void> {
    while (this.busy) await this.work;
  }

  private add(entry: Entry): void {
    this.entries.push(entry);
    this.pace.count(1);
    if (this.busy) return;
    this.busy = true;
    this.work = this.writeAll();
  }

  private async writeAll(): Promise<void> {
    await pause(this.pace.gathering());
    while (this.entries.length > 0) {
      const batch = this.entries.splice(0, batchSize);
      const delay = await this.write(batch);
      if (delay > 0) await pause(delay);
      this.giveUpLost();
    }
    this.busy = false;
  }

  private giveUpLost(): void {
    const now = performance.now();
    const lost = this.entries.filter(({ leaseEnds }) => leaseEnds <= now);
    if (lost.length === 0) return;
    this.entries = this.entries.filter((entry) => !lost.includes(entry));
    for (const { written } of lost) written(false);
    this.watch.lost(lost.length);
    this.acquit(lost);
  }

  /** Who is late is alive: what it tried does not end the process. */
  private acquit(late: readonly Entry[]): void {
    for (const { acknowledgement } of late) {
      const { id, status, error } = acknowledgement;
      if (status !== null || error !== null) this.acquittals.add(id);
    }
  }

  /** A claim that was revoked is of no more use, once nothing is sent under it. @returns whether there was one */
  private async giveBack(
    batch: readonly Entry[],
    results: readonly AcknowledgementResult[],
  ): Promise<boolean> {
    const done = batch.filter(
      ({ acknowledgement }, index) => results[index] === 'fenced' && !acknowledgement.kept,
    );
    if (done.length === 0) return false;
    return (await this.cursors.giveBack(done.map(({ acknowledgement }) => acknowledgement))) > 0;
  }

  /** @returns those that a writer's lock blocked */
  private settle(batch: readonly Entry[], results: readonly AcknowledgementResult[]): Entry[] {
    return batch.filter(({ written }, index) => {
      const result = results[index];
      if (result !== 'locked') written(result !== 'fenced');
      return result === 'locked';
    });
  }

  /** @returns milliseconds to wait before the next batch */
  private async write(batch: readonly Entry[]): Promise<number> {
    try {
      const results = await this.cursors.acknowledge(batch.map(({ acknowledgement }) => acknowledgement));
      this.outage.over();
      const isBack = await this.giveBack(batch, results);
      this.acquit(batch.filter((_, index) => results[index] === 'fenced'));
      const blocked = this.settle(batch, results);
      this.entries.push(...blocked);
      if (isBack || results.includes('more')) this.watch.due();
      if (this.entries.length === 0) return 0;
      return this.entries.length === blocked.length ? blockedPause : this.pace.gathering();
    } catch (error) {
      this.entries.unshift(...batch);
      return this.outage.failed(error);
    }
  }
}
