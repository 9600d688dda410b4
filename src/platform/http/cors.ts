import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { vary } from './vary.js';
import { allowedMethods } from './unknown-route.js';

/** Seconds for which a browser keeps the answer to a preflight; none keeps it longer than this. */
const preflightAge = '7200';
/** Names of headers, with commas between them. */
const headerNames = /^[\w!#$%&'*+.^`|~, \t-]{1,1000}$/;

/**
 * Lets pages of other origins use the API, those that are listed or all (`*`); browsers keep all others from
 * reading its answers. Never with credentials of the browser's own (`Access-Control-Allow-Credentials`): a page
 * must have a token and send it, so no page acts for a user who does not know. That is also why every request
 * header may be sent and every answer header be read.
 *
 * A preflight is answered here, with the methods that the path has. Requests that a browser does not mark
 * (`Origin`), and those of the docs page itself, pass as they are.
 *
 * @param origins as a browser writes them, such as `https://portal.gov`
 */
export function shareWithOrigins(server: FastifyInstance, origins: readonly string[]): void {
  const listed = new Set(origins);
  const any = listed.has('*');
  server.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    if (any) reply.header('Access-Control-Allow-Origin', '*');
    else vary(reply, 'Origin');
    if (origin === undefined || !(any || listed.has(origin))) return done();
    if (!any) reply.header('Access-Control-Allow-Origin', origin);
    if (!isPreflight(request)) {
      reply.header('Access-Control-Expose-Headers', '*');
      return done();
    }
    answerPreflight(request, reply);
    return undefined;
  });
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** A path with no methods is answered too: the request itself then says 404. */
function answerPreflight(request: FastifyRequest, reply: FastifyReply): void {
  const asked = request.headers['access-control-request-headers'];
  reply.header('Access-Control-Allow-Methods', allowedMethods(request.server, request.url).join(', '));
  if (asked !== undefined && headerNames.test(asked)) reply.header('Access-Control-Allow-Headers', asked);
  void reply.header('Access-Control-Max-Age', preflightAge).code(204).send();
}
