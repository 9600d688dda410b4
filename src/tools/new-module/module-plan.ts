import type { DatabaseName } from '../../platform/config/settings.js';
import type { Field } from './field.js';
import type { ModuleNames } from './module-names.js';

/** All that the files of a new module are made from. */
export interface ModulePlan extends ModuleNames {
  readonly database: DatabaseName;
  readonly fields: readonly Field[];
  /** What the name of its migration carries, in milliseconds since 1970. */
  readonly at: number;
}

/** A file of a new module. */
export interface ModuleFile {
  /** Path in the repository. */
  readonly path: string;
  readonly text: string;
}

/** The class of the migration that makes the table. */
export const migrationClass = ({ Classes, at }: ModulePlan): string => `Create${Classes}${at}`;

/** Path of that migration in the folder of the module, without its ending. */
export const migrationPath = ({ plural, at }: ModulePlan): string => `migrations/${at}-create-${plural}`;

/** The fields that lists filter by. Of texts only the first: records have one title. */
export const filtered = ({ fields }: ModulePlan): Field[] => {
  const title = fields.find(({ kind }) => kind === 'text');
  return fields.filter((field) => field.filter && (field.kind !== 'text' || field === title));
};

/** Those that have an index of their own. The entries of lists are found through the index of words. */
export const indexed = (plan: ModulePlan): Field[] => filtered(plan).filter(({ sql }) => sql !== 'text[]');

/** The names of a member's values in the singular, for sentences: `awardedAt` gives `awarded at`. */
export const words = (member: string): string =>
  member.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** `a grant`, `an item`. */
export const article = (noun: string): string => (/^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`);

/** A list of names for an import, each once. */
export const names = (...all: readonly string[]): string =>
  [...new Set(all)].sort((a, b) => a.localeCompare(b)).join(', ');

/** Whether the value of a member may be null. One that has a fallback never is. */
export const isNullable = ({ optional, fallback }: Field): boolean => optional && !fallback;
