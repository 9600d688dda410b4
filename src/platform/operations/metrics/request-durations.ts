import { Histogram, type Registry } from '@prometheus-io/client';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { waitedForDelivery } from '../../records/wait-for-delivery.js';

type Observation = ReturnType<Histogram<'route' | 'method' | 'status'>['labels']>;

/** How long requests take, by route, method and class of status. */
export class RequestDurations {
  private readonly histogram: Histogram<'route' | 'method' | 'status'>;
  /** By their labels in one word: to look one up costs less than to have the labels checked. */
  private readonly observations = new Map<string, Observation>();

  constructor(register: Registry) {
    this.histogram = new Histogram({
      name: 'hms_http_request_duration_seconds',
      help: 'Time from the arrival of a request to the end of its answer; without those that asked to wait for the delivery.',
      labelNames: ['route', 'method', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [register],
    });
  }

  /** To be called once a request is answered. The route is the pattern, so that ids make no labels. */
  observe(request: FastifyRequest, reply: FastifyReply): void {
    if (waitedForDelivery(request)) return;
    const route = request.routeOptions.url ?? 'unknown';
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    const key = `${request.method} ${status} ${route}`;
    let observation = this.observations.get(key);
    if (!observation) {
      observation = this.histogram.labels({ route, method: request.method, status });
      this.observations.set(key, observation);
    }
    observation.observe(reply.elapsedTime / 1000);
  }
}
