import type { Logger } from '@nestjs/common';
import type { AcknowledgementQueue } from './acknowledgement-queue.js';
import type { Acquittals } from './acquittals.js';
import type { AttemptLog } from './attempt-log.js';
import { deliverContinued } from './continued-delivery.js';
import type { Change, Claim, CursorStore } from './cursor-store.js';
import type { DeliveryClient } from './delivery-client.js';
import { isFiltered } from './event-filter.js';
import type { Outage } from './outage.js';
import { endedProcess } from './poison.js';
import { type DeliveryResult, deliverRecord, type RecordDelivery, unsent } from './record-delivery.js';
import type { Target } from '../targets/target.js';
import type { TargetRegistry } from '../targets/target-registry.js';
import type { Solitude } from './solitude.js';
import type { TargetGate } from './target-gate.js';
import { within } from './within.js';

/** Versions of one record that are read at once. */
const versionsAtOnce = 8;
/** Claims of a record that none of its processes lived to acknowledge, after which it is under suspicion. */
const suspiciousStarts = 2;
/** Milliseconds for which what was delivered alone stays alone until that is written down, at most. */
const acknowledgeTime = 1_000;

export interface DelivererParts {
  readonly cursors: CursorStore;
  readonly acknowledgements: AcknowledgementQueue;
  readonly acquittals: Acquittals;
  readonly attempts: AttemptLog;
  readonly targets: Pick<TargetRegistry, 'mayBeSent'>;
  readonly client: Pick<DeliveryClient, 'post'>;
  readonly solitude: Solitude;
  readonly outage: Outage;
  readonly log: Pick<Logger, 'error' | 'warn'>;
}

/** Claims of one target that were made together. */
export interface ClaimBatch {
  readonly target: Target;
  readonly gate: TargetGate;
  readonly claims: readonly Claim[];
  /** They go through though the breaker is open. */
  readonly asProbe: boolean;
  /** On the monotonic clock. */
  readonly leaseEnds: number;
}

/** Reads what was claimed, delivers it, and has written down what came of it. */
export class Deliverer {
  private readonly underWay = new Set<Promise<void>>();
  private stopping = false;
  /** What is being delivered alone. */
  private trial: Claim | undefined;

  constructor(
    private readonly parts: DelivererParts,
    /** Milliseconds that a claim lasts. */
    private readonly lease: number,
    /** Called when more can be claimed. */
    private readonly free: () => void,
  ) {}

  /** Begins to deliver. What one target is sent is read apart from the others, and no target waits for it. */
  begin(batch: ClaimBatch): void {
    const { claims } = batch;
    batch.gate.throttle.take(claims.length);
    const isSuspect = ({ id, starts }: Claim): boolean =>
      starts > suspiciousStarts && !this.parts.acquittals.has(id);
    const suspects = claims.filter((claim) => isSuspect(claim));
    const others = claims.filter((claim) => !isSuspect(claim));
    const work = this.settled(batch, [
      this.deliverAll(batch, others),
      ...suspects.map((claim) => this.deliverAlone(batch, claim)),
    ]);
    this.underWay.add(work);
    void work.finally(() => this.underWay.delete(work));
  }

  private async settled({ gate, asProbe }: ClaimBatch, works: readonly Promise<void>[]): Promise<void> {
    await Promise.all(works);
    // Nothing was sent, if it has not ended by now.
    if (asProbe) gate.endProbe(false);
  }

  /** Begins no more requests. */
  stop(): void {
    this.stopping = true;
  }

  /** The process ends before a delivery that is under way, and not by it. */
  abandon(): void {
    if (this.trial) this.parts.acquittals.add(this.trial.id);
  }

  /** Resolves when all deliveries under way have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async deliverAll(batch: ClaimBatch, claims: readonly Claim[]): Promise<void> {
    if (claims.length === 0) return;
    let deliveries: RecordDelivery[];
    try {
      deliveries = await this.read(batch, claims);
    } catch (error) {
      // They go back as soon as the database can be used.
      this.parts.outage.failed(error);
      batch.gate.throttle.take(-claims.length);
      for (const claim of claims)
        void this.parts.acknowledgements.push(this.returned(batch, claim).acknowledgement, batch.leaseEnds);
      return;
    }
    await Promise.all(deliveries.map((delivery) => this.inTurn(batch, delivery)));
  }

  private async inTurn(batch: ClaimBatch, delivery: RecordDelivery): Promise<void> {
    const { gate, asProbe } = batch;
    await gate.throttle.turn();
    const result = gate.lets(asProbe)
      ? await this.parts.solitude.together(() => this.deliver(batch, delivery))
      : this.returned(batch, delivery.claim);
    void this.settle(batch, result);
  }

  /** Nothing was tried: anybody may claim it at once. */
  private returned({ target }: ClaimBatch, claim: Claim): DeliveryResult {
    return { acknowledgement: { ...unsent({ target, claim }), retryIn: 0 }, attempts: [] };
  }

  private async deliverAlone(batch: ClaimBatch, claim: Claim): Promise<void> {
    const { gate } = batch;
    await gate.throttle.turn();
    try {
      await this.parts.solitude.onItsOwn(async () => {
        const result = await this.tryAlone(batch, claim);
        // Nothing else begins before that is written: if it ended the process, this record would be blamed.
        if (result) await within(acknowledgeTime, this.settle(batch, result));
        else gate.throttle.leave();
      });
    } catch (error) {
      this.parts.outage.failed(error);
      void this.settle(batch, this.returned(batch, claim));
    }
  }

  /**
   * Delivers a record that may have ended the processes that claimed it before. If it ends this one as well,
   * that is written down already, and it is held when it comes again.
   *
   * @returns undefined: it was not tried. The suspicion stays; the lease ends, and somebody claims it again
   */
  private async tryAlone(batch: ClaimBatch, claim: Claim): Promise<DeliveryResult | undefined> {
    const { cursors, log } = this.parts;
    if (!this.mayGoOn(batch)) return undefined;
    const poison = endedProcess({ ...batch, claim, changes: [] }, log);
    if (poison) return poison;
    if (!(await cursors.markAlone(claim))) return undefined;
    this.trial = claim;
    try {
      const [delivery] = await this.read(batch, [claim]);
      return delivery && (await this.deliver(batch, delivery));
    } finally {
      // Whatever came of it: the process has lived through it.
      this.trial = undefined;
      this.parts.acquittals.add(claim.id);
    }
  }

  private deliver(batch: ClaimBatch, first: RecordDelivery): Promise<DeliveryResult> {
    const { gate, asProbe, leaseEnds, target } = batch;
    return deliverContinued(first, {
      deliver: (delivery) => deliverRecord(delivery, this.parts, () => this.mayGoOn(batch)),
      mayStay: () => !asProbe && this.mayGoOn(batch) && gate.throttle.stay(),
      stayed: () => gate.throttle.stayed(),
      read: (claim) => this.readOn(batch, claim),
      keep: (acknowledgement) =>
        this.parts.acknowledgements.push({ ...acknowledgement, kept: true }, leaseEnds),
      note: (result) => this.note(target, result),
    });
  }

  private async readOn(batch: ClaimBatch, claim: Claim): Promise<RecordDelivery | undefined> {
    try {
      return (await this.read(batch, [claim]))[0];
    } catch (error) {
      this.parts.outage.failed(error);
      return undefined;
    }
  }

  /** @returns when what came of it is written down or given up */
  private settle({ gate, asProbe, leaseEnds, target }: ClaimBatch, result: DeliveryResult): Promise<unknown> {
    if (asProbe) gate.endProbe(result.attempts.length > 0);
    gate.throttle.leave();
    const written = this.parts.acknowledgements.push(result.acknowledgement, leaseEnds);
    this.note(target, result);
    if (gate.throttle.backlog && gate.free() > 0) this.free();
    return written;
  }

  private note(target: Target, result: DeliveryResult): void {
    this.parts.attempts.push(result.attempts);
    this.tellDeadLetters(target, result);
  }

  private tellDeadLetters({ name, resource }: Target, { attempts }: DeliveryResult): void {
    for (const { outcome, recordId, agency, version, error } of attempts) {
      if (outcome !== 'held' && outcome !== 'skipped') continue;
      const follows =
        outcome === 'held' ? 'It waits for an administrator, as do the versions after it.' : 'It is skipped.';
      this.parts.log.warn(
        `Sync of ${resource.name} to ${name}: version ${version} of record ${recordId} of agency ${agency} is a ` +
          `dead letter: ${error}. ${follows}`,
      );
    }
  }

  /**
   * Whether one more request may begin: it must end before the lease does, and a target that was changed, paused
   * or deleted since the claim gets nothing more under it.
   */
  private mayGoOn({ target, gate, asProbe, leaseEnds }: ClaimBatch): boolean {
    const margin = Math.min(2_000, (this.lease - target.timeout) / 4);
    return (
      !this.stopping &&
      gate.lets(asProbe) &&
      performance.now() < leaseEnds - target.timeout - margin &&
      this.parts.targets.mayBeSent(target)
    );
  }

  private async read(batch: ClaimBatch, claims: readonly Claim[]): Promise<RecordDelivery[]> {
    const { target, gate } = batch;
    const { cursors, log } = this.parts;
    const resource = target.resource.name;
    const readings = claims.map((claim) => ({ claim, resource, ...versionsOf(claim, target) }));
    const changes = await cursors.readChanges(readings);
    const before = isFiltered(target) ? await this.readBefore(resource, claims) : new Map<Claim, string>();
    return readings.map(({ claim, first, last }) => {
      const found: readonly Change[] = changes.get(claim) ?? [];
      const missing = first <= last && found.length === 0;
      if (missing)
        log.error(
          `Sync of ${resource} to ${target.name}: version ${first} of record ${claim.recordId} of agency ` +
            `${claim.agency} is missing in hms.changes. The record waits for it; restore the log.`,
        );
      const known = claim.deliveredVersion === 0 ? null : before.get(claim);
      return { target, gate, claim, changes: found, before: known, ...(missing && { missing: first }) };
    });
  }

  private readBefore(resource: string, claims: readonly Claim[]): Promise<Map<Claim, string>> {
    return this.parts.cursors.readDocuments(
      claims
        .filter(({ deliveredVersion }) => deliveredVersion > 0)
        .map((claim) => ({ claim, resource, version: claim.deliveredVersion })),
    );
  }
}

function versionsOf(
  { latestVersion, deliveredVersion, resync }: Claim,
  { mode }: Target,
): { first: number; last: number } {
  const next = deliveredVersion + 1;
  const onlyLatest = resync !== null || (mode === 'latest' && latestVersion >= next);
  if (onlyLatest) return { first: latestVersion, last: latestVersion };
  return { first: next, last: Math.min(latestVersion, deliveredVersion + versionsAtOnce) };
}
