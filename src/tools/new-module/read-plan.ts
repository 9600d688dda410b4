import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { DatabaseName } from '../../platform/config/settings.js';
import { StartupError } from '../../platform/config/startup.error.js';
import type { Resource } from '../../platform/records/resource.js';
import { readFields } from './field.js';
import type { ModulePlan } from './module-plan.js';
import { moduleNames } from './module-names.js';
import { sqlKeywords } from './sql-keywords.js';

const usage = 'npm run new:module grants -- --fields "title:text amount:money deadline:date?"';
/** Paths and tables that are the platform's. */
const taken = new Set(['audit', 'docs', 'health', 'market', 'metrics', 'migrations', 'sync']);

/**
 * Reads what a new module shall be.
 *
 * @param resources those that the service has
 * @param now in milliseconds since 1970
 * @throws {StartupError} naming the remedy
 */
export function readPlan(args: string[], resources: readonly Resource[], now: number): ModulePlan {
  const { values, positionals } = parsed(args);
  const names = moduleNames(positionals[0], values.singular);
  const { plural, singular } = names;
  const isTaken = resources.some(({ name, type }) =>
    [name, type].some((one) => one === plural || one === singular),
  );
  if (isTaken || taken.has(plural) || sqlKeywords.has(plural))
    throw new StartupError(`There is something called ${plural} or ${singular} already; take another name.`);
  if (existsSync(`src/${plural}`))
    throw new StartupError(`The folder src/${plural} is there already; take another name, or remove it.`);
  if (values.fields === undefined) throw new StartupError(`Say which members the records have: ${usage}.`);
  const known = resources.map(({ name }) => name);
  return {
    ...names,
    database: readDatabase(values.database),
    fields: readFields(values.fields, [...known, plural]),
    at: now,
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { fields: { type: 'string' }, database: { type: 'string' }, singular: { type: 'string' } },
    });
  } catch (error) {
    throw new StartupError(`${(error as Error).message.split('.')[0]}: ${usage}.`);
  }
}

function readDatabase(name = 'policy'): DatabaseName {
  if (name === 'policy' || name === 'market') return name;
  throw new StartupError(`There is no database ${name}: say --database policy or --database market.`);
}
