import type { DatabaseName } from '../config/settings.js';

/** What operators call a database. */
export const databaseLabels: Readonly<Record<DatabaseName, string>> = {
  policy: 'PolicyDB',
  market: 'MarketDB',
};

/** The environment variable that holds a database's address for the application, or for migrations. */
export function urlVariable(name: DatabaseName, login: 'application' | 'migration'): string {
  return `${name.toUpperCase()}_${login === 'application' ? 'DATABASE' : 'MIGRATION'}_URL`;
}
