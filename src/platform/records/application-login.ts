import type { DataSource } from 'typeorm';
import type { DatabaseName } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { databaseLabels, urlVariable } from '../database/database-label.js';

/**
 * Refuses a login that the capture triggers do not know as the service's: they would record its changes as
 * its own, without the caller, and not hold it to the caller's agency.
 *
 * @throws {StartupError} naming the login and the remedy
 */
export async function requireApplicationLogin(dataSource: DataSource, name: DatabaseName): Promise<void> {
  const [login] = await dataSource.query<{ name: string; known: boolean }[]>(
    'SELECT session_user AS name, session_user = ANY (hms.application_logins()) AS known',
  );
  if (login?.known) return;
  throw new StartupError(
    `${databaseLabels[name]} does not know the login "${login?.name}" as the service's: run npm run migrate with ` +
      `this ${urlVariable(name, 'application')}.`,
  );
}
