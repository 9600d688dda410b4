import { StartupError } from './startup.error.js';

/**
 * The environment variables of this process, and those of a file `.env` in the working directory, which
 * count for less.
 */
export function processEnvironment(): Record<string, string | undefined> {
  try {
    process.loadEnvFile();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOENT')
      throw new StartupError('The file .env cannot be read; correct its permissions, or remove it.', {
        cause: error,
      });
  }
  return process.env;
}
