import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { isJsonObject } from '../http/merge-patch.js';
import { ProblemError } from '../http/problems/problem.error.js';
import { validationPipe } from '../http/validation.js';
import { readOnlyMembers } from './record-columns.js';

/** What a client sent to change a record with. */
export interface RecordChange {
  /**
   * The members to write, validated; absent ones keep their value, null goes back to the default. None where
   * `merge` gives them.
   */
  readonly members: object;
  /** Members of the body that clients cannot change; accepted if they are what is stored. */
  readonly readOnly: Readonly<Record<string, unknown>>;
  /**
   * Of a patch that only the stored record completes: the members to write to it, validated as they are then.
   *
   * @throws {ProblemError} `validation-failed`, `body-too-large`
   */
  readonly merge?: (stored: object) => Promise<object>;
}

/**
 * Reads the body of a PUT: sets the read-only members aside, so that what a GET returned can be edited and
 * sent back, and validates the rest against a DTO.
 */
@Injectable()
export class RecordChangePipe implements PipeTransform<unknown, Promise<RecordChange>> {
  private readonly validation = validationPipe();

  /** @param dto the class of the members that may be written, all of them optional */
  constructor(private readonly dto: Type) {}

  async transform(body: unknown, metadata: ArgumentMetadata): Promise<RecordChange> {
    const { members, readOnly } = isJsonObject(body)
      ? withoutReadOnly(body)
      : { members: body, readOnly: {} };
    const validated = (await this.validation.transform(members, {
      ...metadata,
      metatype: this.dto,
    })) as object;
    if (Object.keys(validated).length === 0)
      throw new ProblemError('validation-failed', 'The body names no member to change; send at least one.');
    return { members: validated, readOnly };
  }
}

/** Sets the members of a body aside that clients cannot change. */
export function withoutReadOnly(body: object): RecordChange {
  const readOnly: Record<string, unknown> = {};
  const members: Record<string, unknown> = { ...body };
  for (const member of readOnlyMembers) {
    if (!Object.hasOwn(members, member)) continue;
    readOnly[member] = members[member];
    delete members[member];
  }
  return { members, readOnly };
}
