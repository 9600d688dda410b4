import type { IncomingMessage } from 'node:http';

/** First segments of the paths that are served as they are. */
const served = /^\/(api|health|metrics)(?=[/?#]|$)/;

/**
 * The URL that serves a request: `/policies/123` is `/api/policies/123`, so that clients may leave out
 * the prefix. Takes absolute-form targets too (RFC 9112, section 3.2.2).
 */
export function toApiUrl(target: string): string {
  const url = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '');
  if (served.test(url) || !/^[/?]/.test(url)) return url;
  return url.startsWith('/') ? `/api${url}` : `/api/${url}`;
}

/** The path that the client asked for, without its query. */
export function originalPath(request: IncomingMessage & { originalUrl?: string }): string {
  const url = request.originalUrl ?? request.url ?? '/';
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}
