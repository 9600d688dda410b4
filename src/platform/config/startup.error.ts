/**
 * Why the service cannot start, said to its operator in one sentence with the remedy. `main.ts` prints
 * the message alone, without a stack, and exits with status 1.
 */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
