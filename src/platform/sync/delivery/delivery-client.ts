import { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import { forgetOtherDefaults, SignedMessage } from './delivery-adapter.js';
import { DeliveryError } from './delivery-error.js';
import type { Message } from './message.js';
import { RefusalLog } from './refusal-log.js';
import { retryAfter } from './retry-schedule.js';
import type { Target } from '../targets/target.js';

/** How an attempt ended. */
export interface Answer {
  /** The target has the change. */
  readonly delivered: boolean;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** Why it is not delivered, in a few words: `addressNotAllowed` if nothing may be sent to where the target is. */
  readonly error: string | null;
  /** Milliseconds that the target asks to be left alone. */
  readonly retryAfter?: number;
  /** The beginning of an answer that refuses the change. */
  readonly text?: string;
}

/** Sends signed messages over http and https. */
@Injectable()
export class DeliveryClient {
  private readonly refusals = new RefusalLog();

  constructor(private readonly http: HttpService) {
    forgetOtherDefaults(http.axiosRef.defaults);
  }

  /** Posts a message, once, and waits for the answer until the time for an attempt is over. Never rejects. */
  async post(target: Target, message: Message): Promise<Answer> {
    try {
      const { status, headers, data } = await this.http.axiosRef.request<string>({
        method: 'post',
        url: target.url,
        data: new SignedMessage(headersOf(target, message), message.body, target.allowedNetworks),
        timeout: target.timeout,
      });
      this.refusals.answered(target);
      return answerOf(status, headers, data);
    } catch (error) {
      this.refusals.failed(target, error);
      // The error itself goes no further: one of axios carries the request's headers and body.
      return { delivered: false, status: null, error: DeliveryError.of(error).message };
    }
  }
}

/** All headers of a message. The target's own come first: they cannot replace those of the contract. */
export function headersOf(target: Target, { id, body, headers }: Message): Record<string, string> {
  return { ...target.headers, ...headers, ...target.signature.sign(id, body) };
}

function answerOf(status: number, headers: Readonly<Record<string, unknown>>, text: string): Answer {
  if (status >= 200 && status < 300) return { delivered: true, status, error: null };
  const header = headers['retry-after'];
  // A date is meant by the clock of the receiver, which may not be ours.
  const now = Date.parse(String(headers['date'])) || Date.now();
  const pause =
    (status === 429 || status === 503) && typeof header === 'string' ? retryAfter(header, now) : undefined;
  return {
    delivered: false,
    status,
    error: `HTTP ${status}`,
    ...(pause !== undefined && { retryAfter: pause }),
    ...(text !== '' && { text }),
  };
}
