import { ProblemError } from '../../http/problems/problem.error.js';
import type { ExportQueryDto } from './export.dto.js';
import type { ExportShape } from './export-format.js';

/** The members of a resource's documents, in their order. */
export interface ExportMembers {
  /** Those that the resource has of its own. */
  readonly own: readonly string[];
  /** Those of them that clients may write. */
  readonly writable: readonly string[];
}

/**
 * The members that an export holds.
 *
 * @throws {ProblemError} `invalid-parameter` where parameters contradict each other
 */
export function exportShape(
  { own, writable }: ExportMembers,
  { members, fields, includeDeleted, asOf }: ExportQueryDto,
): ExportShape {
  if (asOf !== undefined && includeDeleted)
    throw new ProblemError(
      'invalid-parameter',
      'An export with asOf is of the records that lived then; leave out includeDeleted.',
    );
  if (members === 'writable') {
    // An import of them elsewhere would make them living records.
    if (fields ?? includeDeleted)
      throw new ProblemError(
        'invalid-parameter',
        'members=writable is what an import takes of living records; leave out fields and includeDeleted.',
      );
    return { members: ['id', ...writable], whole: false };
  }
  const all = ['id', 'agency', 'version', ...own, 'createdAt', 'updatedAt', 'deleted'];
  if (fields)
    return { members: all.filter((member) => member === 'id' || fields.includes(member)), whole: false };
  // Of living records a column that says so would tell nothing.
  return { members: includeDeleted ? all : all.filter((member) => member !== 'deleted'), whole: true };
}
