import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';

/** One way to compress a body (RFC 9110, section 8.4.1). */
export interface ContentCoding {
  readonly name: string;
  /** Off this thread. */
  compress(body: Buffer, done: (error: Error | null, compressed: Buffer) => void): void;
  stream(): Transform;
}

const { constants } = zlib;
const level = {
  zstd: { params: { [constants.ZSTD_c_compressionLevel]: 3 } },
  br: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  gzip: { level: 4 },
};

const zstd: ContentCoding = {
  name: 'zstd',
  compress: (body, done) => zlib.zstdCompress(body, level.zstd, done),
  stream: () => zlib.createZstdCompress(level.zstd),
};
const br: ContentCoding = {
  name: 'br',
  compress: (body, done) => zlib.brotliCompress(body, level.br, done),
  stream: () => zlib.createBrotliCompress(level.br),
};
const gzip: ContentCoding = {
  name: 'gzip',
  compress: (body, done) => zlib.gzip(body, level.gzip, done),
  stream: () => zlib.createGzip(level.gzip),
};

/** The codings that are served, the preferred one first. Node has zstd from 22.15 on. */
export const contentCodings: readonly ContentCoding[] =
  'zstdCompress' in zlib ? [zstd, br, gzip] : [br, gzip];

const element = /^[ \t]*([\w!#$%&'*+.^`|~-]+)[ \t]*(?:;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*)?$/i;

/**
 * The coding that suits an `Accept-Encoding` header best (RFC 9110, section 12.5.3): the one with the greatest
 * weight, of several the one that stands first in {@link contentCodings}. Undefined: the body is sent as it is,
 * also to a client that refuses that and takes none of these.
 */
export function preferredCoding(header: string): ContentCoding | undefined {
  const weights = new Map<string, number>();
  for (const part of header.split(',')) {
    const [, name, weight = '1'] = element.exec(part) ?? [];
    if (name !== undefined) weights.set(name.toLowerCase(), Number(weight));
  }
  const weightOf = (name: string): number => weights.get(name) ?? weights.get('*') ?? 0;
  const best = Math.max(...contentCodings.map(({ name }) => weightOf(name)));
  if (best === 0 || best < (weights.get('identity') ?? 0)) return undefined;
  return contentCodings.find(({ name }) => weightOf(name) === best);
}
