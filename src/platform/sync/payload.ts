import type { Type } from '@nestjs/common';

/** Members of `data` that a payload has in any case: receivers tell records and versions apart by them. */
export interface KeptMembers {
  readonly agency: string;
  readonly version: number;
  readonly deleted: boolean;
}

/**
 * What external systems get as `data` of a record's message, in place of its document. The same document must
 * always give the same payload: no clock, no settings, nothing that is looked up.
 */
export interface Payload<Document extends KeptMembers = KeptMembers, Sent extends KeptMembers = KeptMembers> {
  /** The payload, as OpenAPI describes it. */
  readonly document: Type<Sent>;
  /**
   * Makes the payload of a record, deleted or not. {@link KeptMembers} are the platform's: whatever this says of
   * them, they are those of the record.
   */
  of(document: Document): Omit<Sent, keyof KeptMembers>;
}

/**
 * The mapping of a resource failed. Says which one and by what kind of error, but not the error's message, which
 * may quote the record.
 */
export class PayloadError extends Error {
  override readonly name = 'PayloadError';
  /** Where it failed in the code, for the log of those who run the service. */
  readonly place: string;

  constructor(resource: string, cause: unknown) {
    const kind = cause instanceof Error ? cause.constructor.name : typeof cause;
    super(`the payload mapping of ${resource} failed: ${kind}`);
    this.place = cause instanceof Error ? placeOf(cause) : '';
  }
}

function placeOf({ stack = '', message }: Error): string {
  const [, place = ''] = /^ +at (.+)$/m.exec(stack.replace(message, () => '')) ?? [];
  return place;
}

/** What is known of a resource whose records are sent. */
interface SentResource {
  /** Plural: `policies`. */
  readonly name: string;
  readonly payload?: Pick<Payload, 'of'>;
}

/**
 * What a message carries as `data`: the document as it is stored, or what the resource makes of it.
 *
 * @param document a record as JSON
 * @returns JSON
 * @throws {PayloadError}
 */
export function dataOf({ name, payload }: SentResource, document: string): string {
  if (!payload) return document;
  const record = JSON.parse(document) as KeptMembers;
  const { agency, version, deleted } = record;
  try {
    return JSON.stringify({ ...payload.of(record), agency, version, deleted });
  } catch (error) {
    throw new PayloadError(name, error);
  }
}
