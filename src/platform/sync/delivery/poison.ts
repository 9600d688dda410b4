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

/** Times that a record may end the process while nothing else is under way. */
const endings = 2;

/** What becomes of a record that has ended the process twice while it was alone; undefined: it has not. */
export function endedProcess(
  delivery: RecordDelivery,
  log: Pick<Logger, 'error'>,
): DeliveryResult | undefined {
  const { claim, target } = delivery;
  if (claim.alone < endings) return undefined;
  log.error(`${labelOf(delivery)} ended the process ${endings} times when it was delivered alone.`);
  const failure = { status: null, error: 'delivering it ended the process' };
  const version = claim.resync === null ? claim.deliveredVersion + 1 : claim.latestVersion;
  const outcome = outcomeOf(target.afterDeadLetter, { dead: true });
  const consequence = { attempts: claim.attempts, retryIn: 0 };
  return {
    acknowledgement: afterFailure({ ...unsent(delivery), ...failure }, consequence, outcome, version),
    attempts: [{ ...attemptOf(delivery, version, failure, performance.now()), outcome }],
  };
}
