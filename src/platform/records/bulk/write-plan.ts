import type { AcceptedVersions } from '../../http/precondition.js';
import { ProblemError } from '../../http/problems/problem.error.js';
import { validationFailed } from '../../http/validation.js';
import { acceptedVersions, assertReadOnlyMembers } from '../read-only-members.js';
import type { RecordProblems } from '../record-problems.js';
import { type MissingReferences, referenceProblems } from '../record-references.js';
import type { Resource } from '../resource.js';
import type { RecordWrite } from './record-write.js';

/** A record as it is while the batch holds its lock. */
export interface StoredRecord {
  readonly version: number;
  readonly deleted: boolean;
  /** Its JSON text, where {@link needsDocument}; null elsewhere. */
  readonly document: string | null;
}

/** A write that nothing but the table's own rules can refuse any more. */
export interface PlannedWrite {
  readonly write: RecordWrite;
  readonly action: 'create' | 'update' | 'remove';
  /** The version before; undefined of a new record. */
  readonly before?: number;
}

/** What writes are judged by, beside the records themselves. */
export interface PlanRules {
  readonly resource: Pick<Resource, 'lifeCycle'>;
  readonly agency: string;
  readonly problems: RecordProblems;
  readonly missing: MissingReferences;
}

/** Members of which only the record itself tells whether they are what is stored. */
const storedMembers = ['createdAt', 'updatedAt', 'status'];

/** Whether a write is judged by the whole record, not only by its version. */
export function needsDocument({ members, readOnly }: RecordWrite, missing: MissingReferences): boolean {
  return (
    storedMembers.some((member) => member in readOnly) || referenceProblems(missing, members, {}).length > 0
  );
}

/**
 * Decides what a write comes to, as the store decides it of a single one.
 *
 * @param stored undefined: there is no such record
 * @throws {ProblemError} as the single write does
 */
export function planWrite(
  rules: PlanRules,
  write: RecordWrite,
  stored: StoredRecord | undefined,
): PlannedWrite {
  const { kind, id } = write;
  if (kind === 'create' && stored)
    throw stored.deleted ? rules.problems.deleted(id) : rules.problems.alreadyExists(id);
  if (kind === 'upsert' && stored?.deleted) throw rules.problems.deleted(id);
  if (kind === 'create' || (kind === 'upsert' && !stored)) return planCreation(rules, write);
  if (!stored || stored.deleted) throw rules.problems.notFound(id);
  return planChange(rules, write, stored);
}

function planCreation({ resource, agency, missing }: PlanRules, write: RecordWrite): PlannedWrite {
  const { lifeCycle } = resource;
  assertReadOnlyMembers(write.readOnly, { id: write.id, agency, status: lifeCycle?.initial, deleted: false });
  requireReferences(missing, write.members, {});
  return { write, action: 'create' };
}

function planChange({ agency, problems, missing }: PlanRules, write: RecordWrite, stored: StoredRecord) {
  const { id, kind, members, readOnly } = write;
  const { version } = stored;
  const base: AcceptedVersions | undefined = acceptedVersions(readOnly, write.accepted);
  if (base && !base.includes(version)) throw problems.preconditionFailed();
  const known = stored.document === null ? {} : (JSON.parse(stored.document) as object);
  assertReadOnlyMembers(readOnly, { ...known, id, agency, version, deleted: false });
  requireReferences(missing, members, known);
  return { write, action: kind === 'delete' ? 'remove' : 'update', before: version } as const;
}

function requireReferences(missing: MissingReferences, members: object, stored: object): void {
  const errors = missing.size === 0 ? [] : referenceProblems(missing, members, stored);
  if (errors.length > 0) throw validationFailed(errors);
}

/** What a plan came to: the planned write, or why there is none. */
export function plannedOrRefused(plan: () => PlannedWrite): PlannedWrite | ProblemError {
  try {
    return plan();
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}
