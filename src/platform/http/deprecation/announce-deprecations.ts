import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Deprecation } from './deprecated.decorator.js';

/** Adds the headers that `@Deprecated` asks for to all answers of its routes, and costs others nothing. */
export function announceDeprecations(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    const deprecation = route.config?.deprecation;
    if (deprecation === undefined) return;
    const headers = headersOf(deprecation);
    const link = linkOf(deprecation);
    route.onSend = [
      ...[route.onSend ?? []].flat(),
      (_request, reply, _payload, done) => {
        reply.headers(headers);
        if (link) addLink(reply, link);
        done();
      },
    ];
  });
}

function headersOf({ since, sunset }: Deprecation): Record<string, string> {
  return {
    Deprecation: `@${Date.parse(since) / 1000}`,
    ...(sunset !== undefined && { Sunset: new Date(sunset).toUTCString() }),
  };
}

function linkOf({ guide, successor }: Deprecation): string {
  const links = [];
  if (guide !== undefined) links.push(`<${guide}>; rel="deprecation"; type="text/html"`);
  if (successor !== undefined) links.push(`<${successor}>; rel="successor-version"`);
  return links.join(', ');
}

/** A list has a link to its next page already. */
function addLink(reply: FastifyReply, link: string): void {
  const said = reply.getHeader('Link');
  reply.header('Link', said === undefined ? link : `${String(said)}, ${link}`);
}
