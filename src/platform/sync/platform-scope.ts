import type { Caller } from '../auth/caller.js';

/** The scope that opens the targets, jobs and changes of all agencies, beside the scope of the route. */
export const platformScope = 'platform:sync';

export const isPlatform = ({ scopes }: Caller): boolean => scopes.has(platformScope);
