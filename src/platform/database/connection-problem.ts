import type { DatabaseName } from '../config/settings.js';
import { StartupError } from '../config/startup.error.js';
import { databaseLabels, urlVariable } from './database-label.js';
import { codeOf, messageOf } from './error-details.js';
import { type DatabaseLogin, loginOf } from './database-login.js';

/** One of the URLs that lead to a database. */
export interface DatabaseUrl {
  readonly name: DatabaseName;
  readonly url: string;
  readonly login: 'application' | 'migration';
}

/** Says to the operator why a connection failed and what to do about it. Never holds the password. */
export function connectionProblem({ name, url, login }: DatabaseUrl, cause: unknown): StartupError {
  const label = databaseLabels[name];
  const variable = urlVariable(name, login);
  const to = targetOf(url);
  if (!to)
    return new StartupError(
      `${variable} is no connection URL; write postgres://user:password@host:5432/database.`,
    );
  const place = `${to.host}:${to.port}`;
  const code = codeOf(cause) ?? '';
  const said = messageOf(cause);
  switch (code) {
    case '3D000':
      return new StartupError(
        `${label}: ${place} has no database "${to.database}". Create it, or correct ${variable}.`,
        { cause },
      );
    case '28P01':
    case '28000':
      return new StartupError(
        `${label}: ${place} refuses the login "${to.user}" (${said}). Correct the user or password in ${variable}, ` +
          'or admit it in pg_hba.conf.',
        { cause },
      );
    case '42501':
      return new StartupError(
        `${label}: the login "${to.user}" may not connect to "${to.database}" at ${place}. Run there: ` +
          `GRANT CONNECT ON DATABASE "${to.database}" TO "${to.user}".`,
        { cause },
      );
    default:
      return new StartupError(
        `${label}: no connection to ${place} (${said || code}). Start that PostgreSQL, or correct ${variable}.`,
        { cause },
      );
  }
}

function targetOf(url: string): DatabaseLogin | undefined {
  try {
    return loginOf(url);
  } catch {
    return undefined;
  }
}
