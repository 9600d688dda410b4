import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AppModule, features, resourcesOf } from './app.module.js';
import { describeService } from './openapi.js';
import type { Caller } from './platform/auth/caller.js';
import { recordRefusal } from './platform/auth/record-refusal.js';
import { SecurityEvents } from './platform/auth/security-events.js';
import type { Settings } from './platform/config/settings.js';
import type { DatabaseAddresses } from './platform/database/database-addresses.js';
import { configureHttpApplication } from './platform/http/http-application.js';
import { createHttpAdapter, type HttpServerAdapter } from './platform/http/http-server.js';
import { PinoLoggerService } from './platform/http/logging/pino-logger.service.js';
import { serveDocs } from './platform/http/openapi/serve-docs.js';
import { RouteMedia } from './platform/http/route-media.js';
import { answerRecords } from './platform/records/record-answer.js';
import type { FeatureModule } from './platform/records/resource.js';
import { MetricsRegistry } from './platform/operations/metrics/metrics-registry.js';
import type { RequestDurations } from './platform/operations/metrics/request-durations.js';
import { waitForDelivery } from './platform/records/wait-for-delivery.js';
import { DeliveryWaiter } from './platform/sync/wait/delivery-waiter.js';

/** What an application runs with. */
export interface AppOptions {
  readonly settings: Settings;
  readonly addresses: DatabaseAddresses;
  readonly logger: Logger;
  /** Those of the service unless given. */
  readonly modules?: readonly FeatureModule[];
}

/** What stands before the paths of the API, and which paths are none of it. */
export const apiPrefix: Parameters<NestFastifyApplication['setGlobalPrefix']> = [
  'api',
  { exclude: ['health/{*path}', 'metrics'] },
];

/**
 * Makes the application, ready to `listen`: for the service itself, for tests and for tools. It stops in
 * order on `close`: no new requests, the deliveries under way, the connections.
 */
export async function createApp({
  settings,
  addresses,
  logger,
  modules = features,
}: AppOptions): Promise<NestFastifyApplication> {
  const adapter = createHttpAdapter({ logger, callerOf, corsOrigins: settings.corsOrigins });
  adapter.getInstance().addHook('preSerialization', answerRecords);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.of(settings, addresses, modules),
    adapter,
    { logger: new PinoLoggerService(logger), abortOnError: false },
  );
  waitForDelivery(adapter, app.get(DeliveryWaiter));
  measureRequests(adapter, app.get(MetricsRegistry).requests);
  const events = app.get(SecurityEvents);
  configureHttpApplication(app, logger, (problem, request) => recordRefusal(events, problem, request));
  app.setGlobalPrefix(...apiPrefix);
  if (settings.role !== 'dispatcher') {
    const document = describeService(app, resourcesOf(modules));
    adapter.media = new RouteMedia(document);
    serveDocs(app, document);
  }
  return app;
}

function measureRequests(adapter: HttpServerAdapter, durations: RequestDurations): void {
  adapter.getInstance().addHook('onResponse', (request, reply, done) => {
    durations.observe(request, reply);
    done();
  });
}

function callerOf(request: FastifyRequest): Caller | undefined {
  return (request as FastifyRequest & { user?: Caller }).user;
}
