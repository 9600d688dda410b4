import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  type FastifyError,
  type FastifyHttpOptions,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RawServerDefault,
} from 'fastify';
import type { Logger } from 'pino';
import { toApiUrl } from './api-path.js';
import { bodyLimit as defaultBodyLimit } from './body-limit.js';
import { answerClientError } from './client-error.js';
import { compressAnswers } from './compression/compress-answers.js';
import { shareWithOrigins } from './cors.js';
import { announceDeprecations } from './deprecation/announce-deprecations.js';
import { parseJsonBody } from './json-body.parser.js';
import { mediaProblem } from './negotiation.js';
import { RouteMedia } from './route-media.js';
import { type CallerOf, logRequest } from './logging/request-log.js';
import { readBodiesByRoute } from './route-body.js';
import { mergePatchType } from './merge-patch.js';
import { refuseUnmetRequirements, takeEveryRequest } from './request-requirements.js';
import { refuseUnknownRoute } from './unknown-route.js';
import { sendProblem } from './problems/problem.filter.js';
import { requestIdHeader, requestIdOf } from './request-id.js';
import { securityHeaders } from './security-headers.js';

export interface HttpServerOptions {
  readonly logger: Logger;
  /** Who made a request, for its line in the log. */
  readonly callerOf?: CallerOf;
  /** Origins whose pages may use the API, or `*`; none unless given. */
  readonly corsOrigins?: readonly string[];
  /** Most bytes of a request body; 1 MiB unless given. */
  readonly bodyLimit?: number;
  /** Media types read as JSON; `application/json`, and merge patches with PATCH, unless given. */
  readonly jsonTypes?: readonly string[];
  /** Milliseconds for a whole request to arrive; 30 s unless given. Headers get a third of it. */
  readonly requestTimeout?: number;
}

/**
 * Nest's adapter for the HTTP server. Every answer carries a request id and the security headers; errors
 * outside of Nest come out as problem details too; each request writes one line to the log; a path without
 * `/api`, `/health` or `/metrics` in front is served as if it had `/api`.
 */
export function createHttpAdapter(options: HttpServerOptions): HttpServerAdapter {
  const adapter = new HttpServerAdapter(options);
  const server = adapter.getInstance();
  takeEveryRequest(server.server);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    [...(options.jsonTypes ?? ['application/json', mergePatchType])],
    { parseAs: 'buffer' },
    (request, body: Buffer, done) => {
      // Clients send Content-Type with a DELETE that has no body.
      if (body.length === 0 && request.method === 'DELETE') return done(null, undefined);
      return done(null, parseJsonBody(body));
    },
  );
  readBodiesByRoute(server);
  server.addHook('onRequest', (request, reply, done) => {
    reply.header(requestIdHeader, request.id).headers(securityHeaders(request.url));
    done();
  });
  if (options.corsOrigins?.length) shareWithOrigins(server, options.corsOrigins);
  server.addHook('onRequest', refuseUnmetRequirements);
  server.addHook('onRequest', (request, reply, done) => {
    refuseUnknownRoute(request, reply, adapter.media, done);
  });
  server.addHook('onRequest', (request, _reply, done) => {
    done(mediaProblem(request, adapter.media));
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (adapter.draining) reply.header('Connection', 'close');
    done();
  });
  announceDeprecations(server);
  compressAnswers(server);
  const callerOf = options.callerOf ?? (() => undefined);
  server.addHook('onResponse', (request, reply, done) => {
    logRequest(options.logger, request, reply, callerOf);
    done();
  });
  return adapter;
}

/** The adapter that {@link createHttpAdapter} makes; it knows whether the service is shutting down. */
export class HttpServerAdapter extends FastifyAdapter {
  /** What each route reads and answers. Until it is set, nothing is negotiated. */
  media = new RouteMedia();
  private isDraining = false;
  private closing = false;
  private underWay = 0;
  private readonly requestTimeout: number;

  constructor(options: HttpServerOptions) {
    const settings = serverOptions(options);
    super(settings);
    this.requestTimeout = settings.requestTimeout;
    const server = this.getInstance();
    server.addHook('onRequest', (_request, _reply, done) => {
      this.underWay += 1;
      done();
    });
    server.addHook('onResponse', (_request, _reply, done) => {
      this.underWay -= 1;
      if (this.closing) this.closeUnused();
      done();
    });
  }

  /** Whether the service is shutting down: it finishes what it has and wants no more. */
  get draining(): boolean {
    return this.isDraining;
  }

  override beforeClose(): void {
    this.isDraining = true;
    super.beforeClose();
  }

  /**
   * Stops listening, and waits until the requests under way are answered. Node closes connections that wait
   * for a further request by itself; those on which no request ever came, or only the beginning of one, are
   * closed once nothing else is under way. As Node no longer looks for requests that arrive too slowly then,
   * all are cut off after half the request timeout.
   */
  override async close(): Promise<void> {
    this.closing = true;
    const { server } = this.getInstance();
    const deadline = setTimeout(() => server.closeAllConnections(), this.requestTimeout / 2);
    const closed = super.close();
    this.closeUnused();
    try {
      await closed;
    } finally {
      clearTimeout(deadline);
    }
  }

  private closeUnused(): void {
    if (this.underWay > 0) return;
    // Later, so that the answer that was just finished is on its way.
    setImmediate(() => this.getInstance().server.closeAllConnections());
  }

  /** Bodies are read by the parser of {@link createHttpAdapter} alone, so Nest's own are not added. */
  override registerParserMiddleware(): void {}
}

/** No hook runs for a request that the router cannot read, so its answer gets its headers here. */
function answerBeforeRouting(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): void {
  reply.header(requestIdHeader, request.id).headers(securityHeaders('/'));
  sendProblem(error, request, reply, logger);
  logRequest(logger, request, reply, () => undefined);
}

function serverOptions({ logger, bodyLimit = defaultBodyLimit, requestTimeout = 30_000 }: HttpServerOptions) {
  return {
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    rewriteUrl: ({ url = '/' }) => toApiUrl(url),
    trustProxy: false,
    bodyLimit,
    requestTimeout,
    keepAliveTimeout: 72_000,
    http: {
      headersTimeout: Math.ceil(requestTimeout / 3),
      requireHostHeader: false,
      connectionsCheckingInterval: Math.ceil(requestTimeout / 6),
    },
    // Requests on open connections are answered until the last one is done; each is the last on its own.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: true,
    // An id has up to 64 characters, each up to three when escaped.
    routerOptions: { maxParamLength: 256 },
    frameworkErrors: (error, request, reply) => answerBeforeRouting(error, request, reply, logger),
    clientErrorHandler: answerClientError,
  } satisfies FastifyHttpOptions<RawServerDefault>;
}
