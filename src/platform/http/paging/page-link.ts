import type { FastifyReply, FastifyRequest } from 'fastify';

/** The path as the client wrote it, with or without `/api`. */
export function pathOf(request: FastifyRequest): string {
  return request.originalUrl.replace(/\/?(\?.*)?$/, '');
}

/** The `Link` header (RFC 8288) of a page that has a next one: the same request with the cursor. */
export function nextPageLink(request: FastifyRequest, nextCursor: string): string {
  const query = new URLSearchParams(request.query as Record<string, string>);
  query.set('cursor', nextCursor);
  return `<${pathOf(request)}?${query.toString()}>; rel="next"`;
}

/** Describes the header of {@link announceNextPage}. */
export const linkHeader = {
  Link: {
    description: 'Address of the next page (RFC 8288).',
    schema: { type: 'string' as const },
    example: '</api/policies?cursor=WyIxMjMiXQ>; rel="next"',
  },
};

/** Gives the answer of a list that must not be stored the address of its next page. */
export function announceNextPage(
  request: FastifyRequest,
  reply: FastifyReply,
  nextCursor: string | null,
): void {
  reply.header('Cache-Control', 'no-store');
  if (nextCursor !== null) reply.header('Link', nextPageLink(request, nextCursor));
}
