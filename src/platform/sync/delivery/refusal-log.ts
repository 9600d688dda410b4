import { Logger } from '@nestjs/common';
import type { Target } from '../targets/target.js';
import { AddressNotAllowedError } from './delivery-error.js';

/** Tells in the log of targets that lead where nothing may be sent: once, until there is an answer again. */
export class RefusalLog {
  private readonly log = new Logger('Sync');
  /** Targets whose address was refused the last time. */
  private readonly refused = new Set<string>();

  /** @param error why there was no answer */
  failed(target: Target, error: unknown): void {
    const label = labelOf(target);
    if (!(error instanceof AddressNotAllowedError) || this.refused.has(label)) return;
    this.refused.add(label);
    this.log.warn(
      `Sync of ${label}: nothing is sent, since ${error.detail}. Correct the URL, or allow the network for this target.`,
    );
  }

  answered(target: Target): void {
    this.refused.delete(labelOf(target));
  }
}

function labelOf({ resource, name }: Target): string {
  return `${resource.name} to ${name}`;
}
