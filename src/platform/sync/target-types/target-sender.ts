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
const stuck: Answer = { delivered: false, status: null, error: 'earlier attempts have not ended' };
/** Attempts of one type that may be under way although their time is over. With as many no more begins. */
const mostOverdue = 2;

/** Sends signed messages to targets of any type. */
@Injectable()
export class TargetSender {
  private readonly log = new Logger('Sync');
  private readonly refusals = new RefusalLog();
  /** By type, how many attempts have not ended although their time is over. */
  private readonly overdue = new Map<TargetType, number>();

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

  /**
   * A type that does not come to an end is no longer waited for, whatever it does; and it is given no more to do
   * until it does, as what hangs would pile up.
   */
  private async inTime(type: TargetType, target: Target, message: Message): Promise<Answer> {
    if ((this.overdue.get(type) ?? 0) >= mostOverdue) return stuck;
    const { promise: late, resolve } = Promise.withResolvers<Answer>();
    const ending = new AbortController();
    const timer = setTimeout(() => {
      resolve(timedOut);
      ending.abort(new DeliveryError('timeout'));
    }, target.timeout);
    const attempt = this.deliver(type, target, message, ending.signal);
    try {
      const answer = await Promise.race([attempt, late]);
      if (answer === timedOut) this.watch(type, target, attempt);
      return answer;
    } finally {
      clearTimeout(timer);
      // Also after an answer: what the attempt opened is closed.
      ending.abort();
    }
  }

  /** Counts an attempt whose time is over until it ends. */
  private watch(type: TargetType, { resource, name }: Target, attempt: Promise<Answer>): void {
    const count = (change: number): number => {
      const overdue = (this.overdue.get(type) ?? 0) + change;
      this.overdue.set(type, overdue);
      return overdue;
    };
    if (count(1) === mostOverdue)
      this.log.warn(
        `Sync of ${resource.name} to ${name}: attempts of ${type.constructor.name} do not end when their time is ` +
          'over. It is given no more to send until they do.',
      );
    void attempt.finally(() => count(-1));
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
