import type { IncomingHttpHeaders } from 'node:http';
import { plainTag } from './compression/coded-tag.js';
import { ProblemError } from './problems/problem.error.js';

/** Versions on which a write may be based. */
export type AcceptedVersions = readonly number[];

/** An element of a list of entity tags, which may be empty, with the comma or the end after it (RFC 9110 §5.6.1). */
const element =
  /[ \t]*((W\/)?"(?:(\d{1,9})\.(\d{1,9})(?:-(?:gzip|br|zstd))?(?=")|[\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,|$)/y;

/**
 * Reads `If-Match` (RFC 9110 §13.1.1).
 *
 * @returns the versions that the client accepts; undefined where any will do (no header, or `*`). A weak
 * or foreign tag accepts none.
 * @throws {ProblemError} `malformed-request` if it is no list of entity tags
 */
export function parseIfMatch(header: string | undefined): AcceptedVersions | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  return entityTags('If-Match', header).flatMap(([, , weak, version]) =>
    weak || version === undefined ? [] : [Number(version)],
  );
}

/**
 * The versions on which a change may be based, by the headers of its request. `If-None-Match: *` accepts
 * none (RFC 9110 §13.1.2): a change is only ever of a record that exists.
 *
 * @throws {ProblemError} `malformed-request` if a header is none; or is an `If-None-Match` with entity
 *   tags, which only reads take
 */
export function changePrecondition(
  headers: Pick<IncomingHttpHeaders, 'if-match' | 'if-none-match'>,
): AcceptedVersions | undefined {
  const accepted = parseIfMatch(headers['if-match']);
  const excluded = headers['if-none-match'];
  if (excluded === undefined) return accepted;
  if (excluded.trim() === '*') return [];
  throw new ProblemError(
    'malformed-request',
    'A change takes If-None-Match only with *; name the version that it is based on in If-Match.',
  );
}

/**
 * The entity tag by which `If-None-Match` (RFC 9110 §13.1.2) says that the client has the representation `etag`,
 * whatever its content coding: the one that names what it keeps (RFC 9111 §4.3.4). Undefined: it has it not.
 */
export function knownTag(header: string, etag: string): string | undefined {
  if (header.trim() === '*') return etag;
  return entityTags('If-None-Match', header)
    .map(([, tag = '']) => tag.replace(/^W\//, ''))
    .find((tag) => plainTag(tag) === etag);
}

function entityTags(name: string, header: string): RegExpExecArray[] {
  const found: RegExpExecArray[] = [];
  for (element.lastIndex = 0; element.lastIndex < header.length;) {
    const match = element.exec(header);
    if (!match) throw malformed(name);
    if (match[1] !== undefined) found.push(match);
  }
  if (found.length === 0) throw malformed(name);
  return found;
}

function malformed(name: string): ProblemError {
  return new ProblemError(
    'malformed-request',
    `The ${name} header must be * or entity tags in double quotes, as the ETag header gives them, such as "3.1".`,
  );
}
