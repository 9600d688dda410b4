import { type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { HttpModuleOptions } from '@nestjs/axios';
import type { AxiosAdapter, AxiosDefaults, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { ReceiverGuard } from '../../network/receiver-guard.js';
import { AddressNotAllowedError, DeliveryError } from './delivery-error.js';
import { keptCharacters, keptText } from './kept-text.js';
import { createHostResolver, type Resolve } from '../network/host-resolver.js';
import {
  createReceiverAgents,
  type ReceiverAgents,
  type ReceiverRequestOptions,
} from '../network/receiver-agents.js';

/** Bytes of an answer that are read; after that the connection is closed. */
const answerLimit = 64 * 1024;

/** Interim answers (1xx) that are passed over; a receiver that sends more means to send no other. */
const interimLimit = 100;

/** Milliseconds after which an idle connection is closed, before a load balancer forgets it. */
const idleTimeout = 15_000;

/** What deliveries over the network need to know. */
export interface DeliveryAdapterOptions {
  /** Connections without a request that are kept open, for each host and port. */
  readonly idleConnections: number;
  /** Says where requests may go. */
  readonly guard: ReceiverGuard;
  /** The system's resolver where there is no other. */
  readonly resolve?: Resolve;
}

/**
 * Makes an axios adapter that posts over kept-alive connections of its own, to where the guard lets it, and
 * does nothing more: no redirects, no proxy, no decompression. `config.timeout` is the deadline for the whole
 * exchange, from finding the address to the end of the answer. Answers of any status resolve, with the first
 * 1,000 characters of their body unless it is a 2xx; rejects with {@link DeliveryError} alone. There are as many connections as requests under way: one
 * that does not end as it should is closed.
 */
export function createDeliveryAdapter({
  idleConnections,
  guard,
  resolve,
}: DeliveryAdapterOptions): AxiosAdapter {
  const options = { keepAlive: true, maxFreeSockets: idleConnections, timeout: idleTimeout };
  const agents = createReceiverAgents(options, guard, createHostResolver(resolve));
  return async (config) => {
    const url = new URL(config.url ?? '');
    if (!guard.allowsProtocol(url.protocol)) throw new AddressNotAllowedError('its URL is not https');
    const ending = performance.now() + (config.timeout ?? 0);
    for (;;) {
      const outcome = await exchange(config, url, agents, ending - performance.now());
      if (outcome !== 'stale connection') return outcome;
    }
  };
}

/**
 * What the adapter posts, as the `data` of a request. The headers are in it, since axios takes longer to
 * merge and check a dozen of its own than the rest of a request takes it.
 */
export class SignedMessage {
  constructor(
    readonly headers: OutgoingHttpHeaders,
    /** A string: Node writes it together with the head, in one piece. */
    readonly body: string,
    /** Networks that are not public and may be sent to all the same. */
    readonly allowedNetworks: readonly string[],
  ) {}
}

/** The options under which `HttpService` delivers. The body is text already, and that of an answer is not kept. */
export function deliveryHttpOptions(options: DeliveryAdapterOptions): HttpModuleOptions {
  return { adapter: createDeliveryAdapter(options), transformRequest: [], transformResponse: [] };
}

/**
 * Takes the defaults away that the adapter has no use for, such as those of headers, proxies and cookies: axios
 * merges all of them into each request.
 */
export function forgetOtherDefaults(defaults: AxiosDefaults): void {
  const used = new Set(['adapter', 'transformRequest', 'transformResponse']);
  for (const name of Object.keys(defaults)) if (!used.has(name)) Reflect.deleteProperty(defaults, name);
}

/**
 * One request and its answer. A kept-alive connection that the other side closed just as it was used again
 * is no failure of the target: such a request may be sent once more.
 */
function exchange(
  config: InternalAxiosRequestConfig,
  url: URL,
  agents: ReceiverAgents,
  timeout: number,
): Promise<AxiosResponse | 'stale connection'> {
  return new Promise((resolve, reject) => {
    const { headers, body, allowedNetworks } = signedMessageOf(config);
    const secure = url.protocol === 'https:';
    const options: ReceiverRequestOptions = {
      method: 'POST',
      agent: secure ? agents.https : agents.http,
      headers,
      allowedNetworks,
    };
    const request = (secure ? httpsRequest : httpRequest)(url, options);
    let answered = false;
    let settled = false;
    const finish = (answer: IncomingMessage, text = ''): void => {
      settled = true;
      clearTimeout(deadline);
      // Answered before it was read: the rest might never be, and would hold the connection for ever.
      if (!request.writableFinished) request.destroy();
      resolve(responseOf(answer, text, config));
    };
    const fail = (error: unknown): void => {
      if (settled) return;
      settled = true;
      clearTimeout(deadline);
      const failure = DeliveryError.of(error);
      if (request.reusedSocket && !answered && failure.message === 'connection lost')
        resolve('stale connection');
      else reject(failure);
      request.destroy();
    };
    // Settles by itself: not every way in which an exchange ends has an event of its own.
    const deadline = setTimeout(() => fail(new DeliveryError('timeout')), timeout);
    request.on('error', fail);
    // Every exchange ends so; an error with its stack costs too much to make one for nothing.
    request.on('close', () => settled || fail(new DeliveryError('connection lost')));
    let interim = 0;
    request.on('information', () => {
      interim += 1;
      if (interim > interimLimit) fail(new DeliveryError('not an HTTP answer'));
    });
    request.on('upgrade', (answer, socket) => {
      socket.destroy();
      finish(answer);
    });
    request.on('response', (answer) => {
      answered = true;
      readAnswer(answer, fail, (text) => finish(answer, text));
    });
    request.end(body);
  });
}

/** Reads an answer to its end, or up to the limit, and keeps the beginning of one that refuses the message. */
function readAnswer(
  answer: IncomingMessage,
  fail: (error: unknown) => void,
  done: (text: string) => void,
): void {
  const refuses = (answer.statusCode ?? 0) >= 300;
  const kept: Buffer[] = [];
  let size = 0;
  const end = (): void => done(keptText(Buffer.concat(kept).toString()));
  answer.on('data', (chunk: Buffer) => {
    // A character has four bytes at most.
    if (refuses && size < 4 * keptCharacters) kept.push(chunk);
    size += chunk.length;
    if (size <= answerLimit) return;
    end();
    answer.destroy();
  });
  answer.on('end', end);
  answer.on('error', fail);
}

function signedMessageOf({ data }: InternalAxiosRequestConfig<unknown>): SignedMessage {
  if (data instanceof SignedMessage) return data;
  throw new TypeError('The delivery adapter posts a SignedMessage, given as data.');
}

function responseOf(
  answer: IncomingMessage,
  text: string,
  config: InternalAxiosRequestConfig,
): AxiosResponse<string> {
  const { date, 'retry-after': retryAfter } = answer.headers;
  return {
    status: answer.statusCode ?? 0,
    statusText: '',
    headers: { ...(retryAfter !== undefined && { 'retry-after': retryAfter, date }) },
    data: text,
    config,
  };
}
