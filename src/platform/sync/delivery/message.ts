import { dataOf } from '../payload.js';
import type { Change } from './cursor-store.js';
import type { Target } from '../targets/target.js';

/** What one delivery sends: the same bytes and the same id on every attempt. */
export interface Message {
  /** `webhook-id` and `ce-id`. */
  readonly id: string;
  /** Sent in UTF-8. */
  readonly body: string;
  /** All but the signature's headers. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The record that a message is about. */
export interface MessageRecord {
  readonly agency: string;
  readonly recordId: string;
  /** The job for which the target gets this version as the whole of the record, whatever it had before. */
  readonly resync: number | null;
}

const traceParent = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The message that tells a target of one change. The body is `{"id":…,"data":…}` around the document as it
 * is stored: it is never parsed and written again, which would change numbers and the order of members; or
 * around the payload that the resource makes of it. The headers are those of CloudEvents 1.0 in binary mode.
 *
 * @throws {PayloadError}
 */
export function messageOf(
  { resource }: Pick<Target, 'resource'>,
  record: MessageRecord,
  change: Change,
): Message {
  const id = messageId(resource.name, record, change);
  const trace = traceOf(change.context);
  return {
    id,
    body: `{"id":${JSON.stringify(record.recordId)},"data":${dataOf(resource, change.document)}}`,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'HMS',
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': `/agencies/${encodeURIComponent(record.agency)}/${resource.name}`,
      'ce-type': `gov.hms.${resource.type}.${change.action}`,
      'ce-subject': headerValue(record.recordId),
      'ce-time': change.changedAt,
      'ce-sequence': String(change.version),
      ...(trace && { traceparent: trace }),
      ...(record.resync !== null && { 'hms-resync': 'true' }),
    },
  };
}

/**
 * The id of a version of a record, the same for every target, attempt and replay. It is made from the hash
 * of the entry in the log, which covers agency, record id, version and content: after a database was
 * restored from a backup, another version 8 than the one that got lost has another id. A resync has an id of
 * its own, since it counts even where the receiver already had the version.
 */
function messageId(resource: string, { resync }: MessageRecord, { version, hash }: Change): string {
  const id = `${resource}_v${version}_${hash.toString('base64url', 0, 16)}`;
  return resync === null ? id : `${id}_r${resync}`;
}

/** Percent-encodes what a header may not hold (CloudEvents HTTP binding 1.0, section 3.1.3.2). */
function headerValue(text: string): string {
  return text.replaceAll(/[^\x21\x23\x24\x26-\x7e]+/gu, (part) => encodeURIComponent(part.toWellFormed()));
}

function traceOf(context: string): string | undefined {
  if (!context.includes('"traceparent"')) return undefined;
  const given: unknown = JSON.parse(context);
  const trace: unknown =
    typeof given === 'object' && given && 'traceparent' in given ? given.traceparent : '';
  return typeof trace === 'string' && traceParent.test(trace) ? trace : undefined;
}
