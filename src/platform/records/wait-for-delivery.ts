import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CommittedChange } from '../auth/request-context.js';
import { preferredWait } from '../http/prefer-wait.js';
import type { HttpServerAdapter } from '../http/http-server.js';
import type { DeliveryState } from '../sync/wait/delivery-state.js';
import type { DeliveryWaiter } from '../sync/wait/delivery-waiter.js';

/** A request, with what is noted of one that has a `Prefer` header. */
interface Request extends FastifyRequest {
  /** What it has committed; undefined without that header. */
  readonly committed?: CommittedChange[];
  /** Its answer was held back. */
  waited?: boolean;
}

/** Whether the answer to a request was held back until what it changed was delivered. */
export const waitedForDelivery = (request: FastifyRequest): boolean => (request as Request).waited === true;

/**
 * Holds back the answer to a change with `Prefer: wait=N` until every target has it, for N seconds at most,
 * and says in `Sync-Status` how far it got. All else is sent at once. A client that goes away ends its wait.
 */
export function waitForDelivery(adapter: HttpServerAdapter, waiter: DeliveryWaiter): void {
  adapter.getInstance().addHook('onSend', (request: Request, reply, _payload, done) => {
    const { committed } = request;
    if (committed === undefined || committed.length === 0 || reply.statusCode >= 400) return done();
    const seconds = preferredWait(request.headers.prefer ?? '');
    if (seconds === undefined) return done();
    request.waited = true;
    const answer = async (): Promise<void> => {
      const state = await waiter.wait(committed, seconds * 1000, departure(reply));
      reply.header('Preference-Applied', `wait=${seconds}`).header('Sync-Status', syncStatus(state));
      // The shutdown may have begun meanwhile.
      if (adapter.draining) reply.header('Connection', 'close');
      done();
    };
    void answer();
  });
}

/** Aborts when the client closes its connection before it has its answer. */
function departure({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  if (raw.destroyed) gone.abort();
  return gone.signal;
}

/** The value of `Sync-Status`: an item of RFC 9651, a token with whole numbers as parameters. */
function syncStatus(state: DeliveryState | undefined): string {
  if (!state) return 'pending';
  const { targets, delivered, held } = state;
  if (targets === 0) return 'none';
  const counts = `;targets=${targets};delivered=${delivered}`;
  if (delivered === targets) return `delivered${counts}`;
  return held > 0 ? `held${counts};held=${held}` : `pending${counts}`;
}
