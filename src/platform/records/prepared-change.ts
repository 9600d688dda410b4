import { parseKeepingNumbers } from '../http/exact-numbers.js';
import type { AcceptedVersions } from '../http/precondition.js';
import { assertReadOnlyMembers } from './read-only-members.js';
import type { RecordChange } from './record-change.js';
import type { RecordDocument } from './record-document.js';
import type { RecordProblems } from './record-problems.js';

/** A change that is ready to be written. */
export interface PreparedChange {
  /** The members to write, validated. */
  readonly members: object;
  /** The versions on which it is based; undefined: any. */
  readonly based: AcceptedVersions | undefined;
}

/** What a change is prepared with. */
export interface ChangeSubject {
  readonly id: string;
  readonly agency: string;
  readonly hasLifeCycle: boolean;
  /** Reads the record as it is. @throws {ProblemError} `not-found` */
  readonly read: () => Promise<RecordDocument>;
  readonly problems: RecordProblems;
}

/**
 * Compares the read-only members of a body with what they are, and merges a patch into what is stored. Only for
 * the patch, the instants and the state is the record read. With a patch, `updatedAt` or `status` the result holds
 * for one version, so the write is then bound to that version.
 *
 * @param accepted the versions on which the client says that the change is based
 * @throws {ProblemError} `not-found`, `precondition-failed`, `read-only-member`, `validation-failed`
 */
export async function prepareChange(
  { id, agency, hasLifeCycle, read, problems }: ChangeSubject,
  given: RecordChange,
  accepted: AcceptedVersions | undefined,
): Promise<PreparedChange> {
  const own = (change: RecordChange): RecordChange => (hasLifeCycle ? withReadOnlyStatus(change) : change);
  const sent = own(given);
  // The version was compared before, and a record that can be changed is not deleted.
  const known = { id, agency, version: given.readOnly['version'], deleted: false };
  if (!given.merge && !['createdAt', 'updatedAt', 'status'].some((member) => member in sent.readOnly)) {
    assertReadOnlyMembers(sent.readOnly, known);
    return { members: sent.members, based: accepted };
  }
  const { version, json } = await read();
  if (accepted && !accepted.includes(version)) throw problems.preconditionFailed();
  const stored = parseKeepingNumbers(json) as object;
  const { members, readOnly } = given.merge
    ? own({ members: await given.merge(stored), readOnly: given.readOnly })
    : sent;
  assertReadOnlyMembers(readOnly, { ...stored, ...known });
  const isBound = given.merge !== undefined || 'updatedAt' in readOnly || 'status' in readOnly;
  return { members, based: isBound ? [version] : accepted };
}

/** Sets the state aside from the members to write: a transition changes it. */
export function withReadOnlyStatus({ members, readOnly }: RecordChange): RecordChange {
  if (!('status' in members)) return { members, readOnly };
  const { status, ...others } = members;
  return { members: others, readOnly: { ...readOnly, status } };
}
