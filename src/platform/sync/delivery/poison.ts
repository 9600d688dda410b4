import type { Logger } from '@nestjs/common';
import {
  afterFailure,
  attemptOf,
  type DeliveryResult,
  labelOf,
  outcomeOf,
  type RecordDelivery,
  unsent,
} from './record-delivery.js';

/** What becomes of a record that has ended the process while nothing else was under way; undefined: it has not. */
export function endedProcess(
  delivery: RecordDelivery,
  log: Pick<Logger, 'error'>,
): DeliveryResult | undefined {
  const { claim, target } = delivery;
  if (claim.alone === 0) return undefined;
  log.error(
    `${labelOf(delivery)}: ${claim.starts - 1} processes did not live to tell what came of it, the last of them while nothing else was under way.`,
  );
  const failure = { status: null, error: 'delivering it ended the process' };
  const version = claim.resync === null ? claim.deliveredVersion + 1 : claim.latestVersion;
  const outcome = outcomeOf(target.afterDeadLetter, { dead: true });
  const consequence = { attempts: claim.attempts, retryIn: 0 };
  return {
    acknowledgement: afterFailure({ ...unsent(delivery), ...failure }, consequence, outcome, version),
    attempts: [{ ...attemptOf(delivery, version, failure, performance.now()), outcome }],
  };
}
