import type { Acknowledgement, Claim } from './cursor-store.js';
import type { DeliveryResult, RecordDelivery } from './record-delivery.js';

export interface ContinuedDeliveryParts {
  /** Sends the versions of a delivery. */
  readonly deliver: (delivery: RecordDelivery) => Promise<DeliveryResult>;
  /** Whether the record may keep its place for more of its versions; to be followed by {@link stayed}. */
  readonly mayStay: () => boolean;
  readonly stayed: () => void;
  /** Reads the next versions; undefined: that cannot be done now. */
  readonly read: (claim: Claim) => Promise<RecordDelivery | undefined>;
  /** Writes down how far a record got whose claim goes on; false: the claim is lost. */
  readonly keep: (acknowledgement: Acknowledgement) => Promise<boolean>;
  /** Takes note of what came of all versions but those that are returned. */
  readonly note: (result: DeliveryResult) => void;
}

/**
 * Delivers a record and, while it may keep its place, the versions after those that were read, under the same
 * claim. Without that a record with thousands of versions would queue up behind all other records once for
 * every few of them. How far it got is written down while the next versions are sent, so that a process which
 * dies leaves at most two readings of a record that will be sent again.
 *
 * @returns what came of the last reading
 */
export async function deliverContinued(
  first: RecordDelivery,
  { deliver, mayStay, stayed, read, keep, note }: ContinuedDeliveryParts,
): Promise<DeliveryResult> {
  let result = await deliver(first);
  for (;;) {
    const claim = claimOfRest(first.claim, result.acknowledgement);
    if (!claim || !mayStay()) return result;
    const kept = keep(result.acknowledgement);
    const next = await read(claim);
    const later = next && (await deliver(next));
    stayed();
    // One acknowledgement of a claim at a time: of two that wait together, either could be written last.
    const isOurs = await kept;
    if (!later) return { ...result, attempts: [] };
    note(result);
    result = later;
    if (!isOurs) return result;
  }
}

/** The claim of what is left to be sent; undefined where that is nothing, or has to wait. */
function claimOfRest(
  claim: Claim,
  { delivered, resync, retryIn, held = false, attempts }: Acknowledgement,
): Claim | undefined {
  if (held || retryIn !== null || resync !== null || claim.resync !== null) return undefined;
  return delivered < claim.latestVersion ? { ...claim, deliveredVersion: delivered, attempts } : undefined;
}
