import { StartupError } from '../../platform/config/startup.error.js';

/** The names of a new module, all made from one. */
export interface ModuleNames {
  /** Plural, as in the folder, the path, the table and the scopes: `grants`. */
  readonly plural: string;
  /** Singular: `grant`. */
  readonly singular: string;
  /** Singular, as in names of classes: `Grant`. */
  readonly Class: string;
  /** Plural, as in names of classes: `Grants`. */
  readonly Classes: string;
}

/**
 * @param plural as it was given
 * @param singular as it was given; undefined: made from the plural
 * @throws {StartupError} naming the remedy
 */
export function moduleNames(plural: string | undefined, singular = singularOf(plural ?? '')): ModuleNames {
  if (plural === undefined || !/^[a-z]{3,30}$/.test(plural))
    throw new StartupError(
      `"${plural ?? ''}" cannot be the name of a module: take one word of 3 to 30 lower-case letters, in the plural, such as grants.`,
    );
  if (singular === plural || !/^[a-z]{2,30}$/.test(singular))
    throw new StartupError(`One of the ${plural} has no name of its own: give it with --singular.`);
  return { plural, singular, Class: capital(singular), Classes: capital(plural) };
}

function singularOf(plural: string): string {
  if (plural.endsWith('ies')) return `${plural.slice(0, -3)}y`;
  if (/(s|x|ch|sh)es$/.test(plural)) return plural.slice(0, -2);
  return plural.replace(/s$/, '');
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
