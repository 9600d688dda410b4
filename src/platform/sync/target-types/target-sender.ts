import { Injectable, Logger } from '@nestjs/common';
import { type Answer, DeliveryClient, headersOf } from '../delivery/delivery-client.js';
import { DeliveryError } from '../delivery/delivery-error.js';
import type { Message } from '../delivery/message.js';
import { keptText } from '../delivery/kept-text.js';
import { RefusalLog } from '../delivery/refusal-log.js';
import { longestPause } from '../delivery/retry-schedule.js';
import type { Target } from '../targets/target.js';
import type { TargetType, TypeAnswer } from './target-type.js';
import { TargetTypes } from './target-types.js';

const timedOut: Answer = { delivered: false, status: null, error: 'timeout' };

/** Sends signed messages to targets of any type. */
@Injectable()
export class TargetSender {
  private readonly log = new Logger('Sync');
  private readonly refusals = new RefusalLog();

  constructor(
    private readonly webhooks: DeliveryClient,
    readonly types: TargetTypes,
  ) {}

  /** Sends a message, once, and waits for the answer until the time for an attempt is over. Never rejects. */
  async post(target: Target, message: Message): Promise<Answer> {
    const type = this.types.find(target.url);
    if (type) return this.inTime(type, target, message);
    const error = this.types.refusal(target.url);
    return error === undefined
      ? this.webhooks.post(target, message)
      : { delivered: false, status: null, error };
  }

  /** A type that does not come to an end is no longer waited for, whatever it does. */
  private async inTime(type: TargetType, target: Target, message: Message): Promise<Answer> {
    const { promise: late, resolve } = Promise.withResolvers<Answer>();
    const ending = new AbortController();
    const timer = setTimeout(() => {
      resolve(timedOut);
      ending.abort(new DeliveryError('timeout'));
    }, target.timeout);
    try {
      return await Promise.race([this.deliver(type, target, message, ending.signal), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async deliver(
    type: TargetType,
    target: Target,
    message: Message,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { url, agency, resource, allowedNetworks, timeout } = target;
    try {
      const answer = answerOf(
        await type.deliver({
          url: new URL(url),
          agency,
          resource: resource.name,
          headers: headersOf(target, message),
          body: message.body,
          allowedNetworks,
          timeout,
          signal,
        }),
      );
      this.refusals.answered(target);
      return answer;
    } catch (error) {
      this.refusals.failed(target, error);
      const { message: words } = DeliveryError.of(error, 'the target type failed');
      // Its own message may hold anything. After the time is over, that is what it throws of.
      if (!(error instanceof DeliveryError) && !signal.aborted)
        this.log.warn(
          `Sync of ${resource.name} to ${target.name}: ${type.constructor.name} threw ${kindOf(error)}.`,
        );
      return { delivered: false, status: null, error: keptText(words) };
    }
  }
}

/** Nothing that a module answers is trusted to fit where it is stored. */
function answerOf({ status, error, text = '', retryAfter = 0 }: TypeAnswer): Answer {
  const known = status !== null && Number.isInteger(status) && status >= 100 && status <= 599 ? status : null;
  if (known !== null && known >= 200 && known < 300) return { delivered: true, status: known, error: null };
  const pause = Math.min(retryAfter, longestPause);
  return {
    delivered: false,
    status: known,
    error: keptText(error ?? (known === null ? 'no answer' : `HTTP ${known}`)),
    ...(pause > 0 && { retryAfter: pause }),
    ...(text !== '' && { text: keptText(text) }),
  };
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = 'code' in error ? ` ${String(error.code)}` : '';
  return `${error.constructor.name}${code}`;
}
