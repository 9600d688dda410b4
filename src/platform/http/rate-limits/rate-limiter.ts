import type { FastifyReply, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import type { RateLimit } from '../../config/settings.js';
import { ProblemError } from '../problems/problem.error.js';
import { RequestCounter } from './request-counter.js';

/**
 * Holds those who ask to a number of requests, and tells them how they stand by `RateLimit` and
 * `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10). Each process counts by itself, in memory.
 */
export class RateLimiter {
  private readonly counter: RequestCounter | undefined;
  private readonly policy: string;

  /**
   * @param name of the policy, in the headers
   * @param limit undefined: none is held to anything
   */
  constructor(
    private readonly name: string,
    private readonly limit: RateLimit | undefined,
  ) {
    this.counter = limit && new RequestCounter(limit);
    this.policy = limit ? `"${name}";q=${limit.requests};w=${limit.window}` : '';
  }

  /**
   * Counts a request.
   *
   * @throws {ProblemError} `rate-limited` if it is one too many
   */
  admit(key: string, reply: FastifyReply): void {
    if (this.counter === undefined) return;
    const { left, seconds } = this.counter.count(key);
    reply
      .header('RateLimit-Policy', this.policy)
      .header('RateLimit', `"${this.name}";r=${Math.max(0, left)};t=${seconds}`);
    if (left >= 0) return;
    throw new ProblemError(
      'rate-limited',
      `${this.limit?.requests} requests in ${this.limit?.window} seconds are allowed; try again in ${seconds}.`,
      { headers: { 'Retry-After': String(seconds) } },
    );
  }
}

/** By what a request without a caller is counted: the address, of IPv6 its network of 64 bits. */
export function addressKey({ ip }: Pick<FastifyRequest, 'ip'>): string {
  if (!ip.includes(':')) return ip;
  const address = ipaddr.process(ip);
  return address.kind() === 'ipv4'
    ? address.toString()
    : address.toNormalizedString().split(':', 4).join(':');
}
