import type { Logger } from '@nestjs/common';
import type { Attempt } from './attempt-log.js';
import type { Acknowledgement, Change, Claim } from './cursor-store.js';
import type { Answer, DeliveryClient } from './delivery-client.js';
import { isFiltered, meets, wants } from './event-filter.js';
import { PayloadError } from '../payload.js';
import { messageOf } from './message.js';
import { retryDelay } from './retry-schedule.js';
import type { Target } from '../targets/target.js';
import { type Consequence, type TargetGate, unsendable } from './target-gate.js';

/** A claimed record with what is to be sent of it. */
export interface RecordDelivery {
  readonly target: Target;
  readonly gate: TargetGate;
  readonly claim: Claim;
  /** In order; none when nothing is pending. */
  readonly changes: readonly Change[];
  /** What the record was before the first of them; see `JudgedChange`. Only for targets with a filter. */
  readonly before?: string | null | undefined;
  /** The log has not got the version that must come next. */
  readonly missing?: number;
}

/** What came of a delivery. */
export interface DeliveryResult {
  readonly acknowledgement: Acknowledgement;
  readonly attempts: readonly Attempt[];
}

export interface RecordDeliveryParts {
  readonly client: Pick<DeliveryClient, 'post'>;
  readonly log: Pick<Logger, 'error'>;
}

/**
 * Sends the versions of one record strictly one after another, and stops at the first that fails. Versions
 * that the target does not want count as delivered.
 *
 * @param mayGoOn asked before each; false: what is left goes back, to be claimed by anybody at once
 * @returns how far it got
 */
export async function deliverRecord(
  delivery: RecordDelivery,
  parts: RecordDeliveryParts,
  mayGoOn: () => boolean,
): Promise<DeliveryResult> {
  const { target, gate, claim, changes, missing } = delivery;
  const attempts: Attempt[] = [];
  let progress = unsent(delivery);
  if (missing !== undefined) return { acknowledgement: missingVersion(progress, missing), attempts };
  for (const [index, change] of changes.entries()) {
    if (!mayGoOn()) return { acknowledgement: { ...progress, retryIn: 0 }, attempts };
    const begun = performance.now();
    const answer = await send(delivery, index, parts);
    if (answer === 'unwanted') {
      progress = { ...progress, delivered: change.version, resync: null, attempts: 0 };
      continue;
    }
    const attempt = attemptOf(delivery, change.version, answer, begun);
    const status = { status: answer.status, error: answer.error };
    if (answer.delivered) {
      gate.succeeded(claim.id);
      attempts.push(attempt);
      progress = { ...progress, delivered: change.version, resync: null, attempts: 0, ...status };
      continue;
    }
    const isUnsent = answer instanceof Unspeakable;
    const consequence = isUnsent
      ? unsendable(progress.attempts)
      : gate.failed(claim.id, progress.attempts, answer);
    // What was never sent was not refused: it is held also where refused ones are skipped.
    const outcome = outcomeOf(isUnsent ? 'hold' : target.afterDeadLetter, consequence);
    attempts.push({ ...attempt, outcome });
    progress = afterFailure({ ...progress, ...status }, consequence, outcome, change.version);
    if (outcome !== 'skipped') return { acknowledgement: progress, attempts };
  }
  return { acknowledgement: progress, attempts };
}

/** In place of an answer: there is no message to be answered. */
class Unspeakable implements Answer {
  readonly delivered = false;
  readonly status = null;

  constructor(readonly error: string) {}
}

/** A record of which no message can be made must not stop the others. */
async function send(
  delivery: RecordDelivery,
  index: number,
  { client, log }: RecordDeliveryParts,
): Promise<Answer | 'unwanted'> {
  const { target, claim, changes } = delivery;
  const change = changes[index];
  try {
    if (!change || !isWanted(delivery, change, index)) return 'unwanted';
    return await client.post(target, messageOf(target, claim, change));
  } catch (error) {
    if (error instanceof PayloadError) {
      log.error(`${labelOf(delivery)} cannot be sent: ${error.message} at ${error.place}`);
      return new Unspeakable(error.message);
    }
    log.error(`${labelOf(delivery)} cannot be sent: ${String(error)}`);
    return new Unspeakable('no message can be made');
  }
}

/** What to write down when nothing was tried. */
export function unsent({ target, claim }: Pick<RecordDelivery, 'target' | 'claim'>): Acknowledgement {
  return {
    id: claim.id,
    claim: claim.claim,
    place: claim.place,
    resource: target.resource.name,
    delivered: claim.deliveredVersion,
    resync: claim.resync,
    retryIn: null,
    attempts: claim.attempts,
    status: null,
    error: null,
  };
}

/** What becomes of a version that failed. */
export function outcomeOf(
  afterDeadLetter: Target['afterDeadLetter'],
  { dead }: Pick<Consequence, 'dead'>,
): 'failed' | 'held' | 'skipped' {
  if (!dead) return 'failed';
  return afterDeadLetter === 'skip' ? 'skipped' : 'held';
}

/** What to write down of a version that failed. */
export function afterFailure(
  progress: Acknowledgement,
  { attempts, retryIn }: Pick<Consequence, 'attempts' | 'retryIn'>,
  outcome: 'failed' | 'held' | 'skipped',
  version: number,
): Acknowledgement {
  if (outcome === 'held') return { ...progress, attempts, held: true };
  if (outcome === 'skipped') return { ...progress, delivered: version, resync: null, attempts: 0 };
  return { ...progress, attempts, retryIn };
}

function isWanted(
  { target, claim, changes, before }: RecordDelivery,
  change: Change,
  index: number,
): boolean {
  if (!isFiltered(target)) return true;
  // The target may have a record that no longer meets its condition, and must learn what became of it.
  if (claim.resync !== null)
    return claim.deliveredVersion > 0 || !target.condition || meets(target.condition, change.document);
  return wants(target, {
    change,
    before: index === 0 ? before : changes[index - 1]?.document,
    coalesced: index === 0 && change.version > claim.deliveredVersion + 1,
  });
}

/** @param begun when, on the monotonic clock */
export function attemptOf(
  { target, claim }: RecordDelivery,
  version: number,
  { status, error, text }: Pick<Answer, 'status' | 'error' | 'text'>,
  begun: number,
): Attempt {
  const endedAt = performance.now();
  return {
    targetId: target.id,
    agency: claim.agency,
    recordId: claim.recordId,
    version,
    outcome: 'delivered',
    status,
    error,
    answer: text ?? null,
    duration: endedAt - begun,
    endedAt,
  };
}

/** How a record is called in the log. */
export function labelOf({ target, claim }: Pick<RecordDelivery, 'target' | 'claim'>): string {
  return `Sync of ${target.resource.name} to ${target.name}: record ${claim.recordId} of agency ${claim.agency}`;
}

function missingVersion(progress: Acknowledgement, version: number): Acknowledgement {
  const attempts = progress.attempts + 1;
  const error = `version ${version} is missing in the log`;
  return { ...progress, attempts, retryIn: retryDelay(attempts), error };
}
