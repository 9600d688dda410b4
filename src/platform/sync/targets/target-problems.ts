import { ProblemError } from '../../http/problems/problem.error.js';

/** What requests for targets are refused with. */
export const targetProblems = {
  notFound: (resource: string, id: number | string): ProblemError =>
    new ProblemError('not-found', `There is no target of ${resource} with the id ${id}.`),

  noResource: (name: string): ProblemError =>
    new ProblemError(
      'not-found',
      `There is no resource ${JSON.stringify(name.slice(0, 100))} whose changes are sent.`,
    ),

  nameTaken: (name: string): ProblemError =>
    new ProblemError(
      'name-taken',
      `There is a target with the name ${name}; change it, or choose another name.`,
    ),

  tooMany: (most: number): ProblemError =>
    new ProblemError(
      'too-many-targets',
      `A resource has at most ${most} targets for each agency; delete one that is no longer needed.`,
    ),

  preconditionFailed: (): ProblemError =>
    new ProblemError(
      'precondition-failed',
      'The target is at no revision that the request accepts; read it again and apply the change to what it is now.',
    ),

  configured: (what: string): ProblemError =>
    new ProblemError(
      'configured-target',
      `The target is set by the environment of the service: ${what} there, in SYNC_URL and SYNC_SECRET.`,
    ),

  noKey: (): ProblemError =>
    new ProblemError(
      'secret-unavailable',
      'No secret can be stored: the service has no key to seal it with. Its operator sets SYNC_ENCRYPTION_KEYS.',
    ),

  notDelivering: (): ProblemError =>
    new ProblemError(
      'not-delivering',
      'This process has the role api and sends nothing; ask one with the role all. What a target answered last is in its status.',
    ),

  notOpened: (): ProblemError =>
    new ProblemError(
      'secret-unavailable',
      'The service cannot read the secret of this target: SYNC_ENCRYPTION_KEYS lacks the key that sealed it, or ' +
        'this instance lacks SYNC_URL and SYNC_SECRET. Its log names the key.',
    ),
};
