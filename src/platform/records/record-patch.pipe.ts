import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { bodyLimit } from '../http/body-limit.js';
import { isJsonObject, mergePatch } from '../http/merge-patch.js';
import { ProblemError } from '../http/problems/problem.error.js';
import { type RecordChange, RecordChangePipe, withoutReadOnly } from './record-change.js';

/**
 * Reads the body of a PATCH, a JSON Merge Patch (RFC 7396). One that names no object is what a PUT of it would be:
 * nothing of it depends on what is stored. Else it is merged into the record, and validated as what the record
 * then is.
 */
@Injectable()
export class RecordPatchPipe implements PipeTransform<unknown, Promise<RecordChange>> {
  private readonly changes: RecordChangePipe;

  /** @param dto the class of the members that may be written, all of them optional */
  constructor(dto: Type) {
    this.changes = new RecordChangePipe(dto);
  }

  async transform(body: unknown, metadata: ArgumentMetadata): Promise<RecordChange> {
    if (!isJsonObject(body) || !Object.values(body).some(isJsonObject))
      return this.changes.transform(body, metadata);
    const { members: patch, readOnly } = withoutReadOnly(body);
    const merge = async (stored: object): Promise<object> => {
      const merged = patched(stored, patch);
      refuseTooLarge(merged);
      return (await this.changes.transform(merged, metadata)).members;
    };
    return { members: {}, readOnly, merge };
  }
}

/** Patch by patch, a record must not grow beyond what a client could send at once. */
function refuseTooLarge(members: object): void {
  if (Buffer.byteLength(JSON.stringify(members)) > bodyLimit)
    throw new ProblemError(
      'body-too-large',
      'The members that the patch names would have more than 1 MiB with it; remove something from them.',
    );
}

/** The members that a patch names, as they are with it. A null stays: it sets a member of a record back. */
function patched(stored: object, patch: object): object {
  const members = Object.entries(patch).map(([name, value]: [string, unknown]) => {
    const before: unknown = Object.hasOwn(stored, name) ? Reflect.get(stored, name) : undefined;
    return [name, mergePatch(before, value)] as const;
  });
  return Object.fromEntries(members);
}
