import type { FastifyReply } from 'fastify';

/** Says that the answer depends on a request header (RFC 9110, section 12.5.5), beside what was said before. */
export function vary(reply: FastifyReply, header: string): void {
  const said = reply.getHeader('Vary');
  reply.header('Vary', said === undefined ? header : `${String(said)}, ${header}`);
}
