import { isDeepStrictEqual } from 'node:util';
import { ProblemError } from '../http/problems/problem.error.js';
import type { AcceptedVersions } from '../http/precondition.js';

/** A `version` in the body is a precondition like `If-Match`; where both are given, both must hold. */
export function acceptedVersions(
  readOnly: Readonly<Record<string, unknown>>,
  accepted: AcceptedVersions | undefined,
): AcceptedVersions | undefined {
  const { version } = readOnly;
  if (version === undefined) return accepted;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    throw new ProblemError('validation-failed', 'The content is not valid.', {
      errors: [
        {
          pointer: '/version',
          detail: 'version must be the whole number that the record had when it was read.',
        },
      ],
    });
  // A number that is no version of any record accepts none, as an entity tag from elsewhere does.
  return accepted && !accepted.includes(version) ? [] : version > 2_147_483_647 ? [] : [version];
}

/** @throws {ProblemError} `read-only-member` naming each member that is not as it is stored */
export function assertReadOnlyMembers(
  readOnly: Readonly<Record<string, unknown>>,
  stored: Readonly<Record<string, unknown>>,
): void {
  const errors = Object.keys(readOnly)
    .filter((member) => !isDeepStrictEqual(readOnly[member], stored[member]))
    .map((member) => ({
      pointer: `/${member}`,
      detail: `${ownWay(member)}; leave it out, or send it as it was read.`,
    }));
  if (errors.length > 0)
    throw new ProblemError(
      'read-only-member',
      'The body gives another value to a member that is read-only.',
      { errors },
    );
}

const ownWay = (member: string): string =>
  member === 'status' ? 'status changes by POST …/transitions only' : `${member} cannot be changed`;
