import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Message } from '../delivery/message.js';
import { SyncService } from '../sync.service.js';
import { TargetSender } from '../target-types/target-sender.js';
import type { TargetTestDto } from './dto/target-actions.dto.js';
import type { Target } from './target.js';
import { targetProblems } from './target-problems.js';
import { type TargetRequest, TargetTransactions } from './target-transactions.js';

/** Sends test messages, which are about no record. */
@Injectable()
export class TargetTest {
  constructor(
    private readonly transactions: TargetTransactions,
    private readonly sync: SyncService,
    private readonly sender: TargetSender,
  ) {}

  /**
   * Sends a target one signed message, paused or not, and waits for the answer as long as for that of a
   * change.
   *
   * @throws {ProblemError} `not-found`; `not-delivering` where this process sends nothing, as what it found out of
   *   the way to the target would say nothing; `secret-unavailable` where it cannot sign for it
   */
  async run(request: TargetRequest): Promise<TargetTestDto> {
    const stored = await this.transactions.read(request);
    if (!this.sync.delivers) throw targetProblems.notDelivering();
    const target = await this.sync.target(request.resource.database, stored.id);
    if (!target) throw targetProblems.notOpened();
    await this.transactions.record(
      this.transactions.pool(request.resource),
      request.context,
      'sync.target.tested',
      stored,
      '',
    );
    const started = performance.now();
    const { delivered, status, error } = await this.sender.post(target, pingOf(target));
    return { delivered, status, error, duration: Math.round(performance.now() - started) };
  }
}

/** It has no version and no agency in `data`, so that no receiver can take it for a record. */
function pingOf({ resource }: Target): Message {
  const id = `ping_${randomUUID()}`;
  return {
    id,
    body: JSON.stringify({ id, data: { ping: true, resource: resource.name } }),
    headers: {
      'content-type': 'application/json',
      'user-agent': 'HMS',
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': `/sync/${resource.name}`,
      'ce-type': 'gov.hms.ping',
      'ce-time': new Date().toISOString(),
    },
  };
}
