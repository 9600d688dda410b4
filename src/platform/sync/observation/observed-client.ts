import { Injectable } from '@nestjs/common';
import type { Answer } from '../delivery/delivery-client.js';
import { addressNotAllowed } from '../delivery/delivery-error.js';
import type { Message } from '../delivery/message.js';
import { TargetSender } from '../target-types/target-sender.js';
import type { TargetTypes } from '../target-types/target-types.js';
import type { Target } from '../targets/target.js';
import { type AnswerClass, SyncObserver } from './sync-observer.js';

/** Sends messages, and tells an observer how each request ended. */
@Injectable()
export class ObservedClient {
  constructor(
    private readonly sender: TargetSender,
    readonly observer: SyncObserver,
  ) {}

  get types(): TargetTypes {
    return this.sender.types;
  }

  /** As {@link TargetSender.post}. */
  async post(target: Target, message: Message): Promise<Answer> {
    const start = performance.now();
    const answer = await this.sender.post(target, message);
    const isResync = 'hms-resync' in message.headers;
    this.observer.attempted({
      target,
      answer: answerClassOf(answer),
      seconds: (performance.now() - start) / 1000,
      ...(answer.delivered && !isResync && { secondsSinceChange: ageOf(message) }),
    });
    return answer;
  }
}

/** Seconds since the change; 0 where the database's clock is ahead of this one. */
function ageOf({ headers }: Message): number {
  return Math.max(0, (Date.now() - Date.parse(headers['ce-time'] ?? '')) / 1000);
}

/** The kind of an answer; of none, by the few words that say why there was none. */
export function answerClassOf({ status, error }: Pick<Answer, 'status' | 'error'>): AnswerClass {
  if (status === null) {
    if (error === 'timeout') return 'timeout';
    return error === addressNotAllowed ? 'refused-address' : 'connection';
  }
  if (status === 429) return '429';
  if (status < 300) return '2xx';
  if (status < 400) return '3xx';
  return status < 500 ? '4xx' : '5xx';
}
