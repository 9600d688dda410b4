import type { Caller } from '../../auth/caller.js';
import { insufficientScope } from '../../auth/refusals.js';
import type { Resource } from '../resource.js';

/**
 * Holds those who want deleted records too to the scope that restoring them takes.
 *
 * @throws {ProblemError} `insufficient-scope`
 */
export function requireDeletedAllowed(
  { name }: Pick<Resource, 'name'>,
  { scopes }: Caller,
  { includeDeleted }: { readonly includeDeleted?: boolean },
): void {
  const scope = `${name}:write`;
  if (includeDeleted && !scopes.has(scope)) throw insufficientScope(scope);
}
