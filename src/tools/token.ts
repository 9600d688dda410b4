import { parseArgs } from 'node:util';
import { resourceScopes } from '../app.module.js';
import { developmentIssuer, type TokenRequest } from '../platform/auth/development-issuer.js';
import { processEnvironment } from '../platform/config/process-environment.js';
import { readSettings } from '../platform/config/read-settings.js';
import { StartupError } from '../platform/config/startup.error.js';

const usage =
  'Usage: npm run -s token -- [--agency demo] [--scope "policies:read items:read"] [--subject developer] [--hours 12]';

/** Reads the command line. @throws {StartupError} saying what is wrong and how the command is used */
function readRequest(args: string[]): TokenRequest {
  const { agency, scope, subject, hours } = readOptions(args);
  const lifetime = Math.round(Number(hours) * 3600);
  if (!(lifetime > 0 && lifetime <= 366 * 24 * 3600))
    throw new StartupError(`--hours must be a number above 0 and up to 8784, not ${hours}. ${usage}`);
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/.test(agency))
    throw new StartupError(`--agency must be 1 to 63 letters, digits, - and _, not ${agency}. ${usage}`);
  if (!/^\P{Cc}{1,200}$/u.test(subject))
    throw new StartupError(`--subject must be 1 to 200 characters. ${usage}`);
  return { subject, agency, scopes: scope.split(' ').filter(Boolean), lifetime };
}

function readOptions(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        agency: { type: 'string', default: 'demo' },
        scope: { type: 'string', default: resourceScopes.join(' ') },
        subject: { type: 'string', default: 'developer' },
        hours: { type: 'string', default: '12' },
      },
    }).values;
  } catch (error) {
    throw new StartupError(`${error instanceof Error ? error.message : String(error)} ${usage}`);
  }
}

/** Prints a token of the development issuer, alone, on standard output. */
function main(): void {
  const request = readRequest(process.argv.slice(2));
  const settings = readSettings(processEnvironment());
  if (settings.production)
    throw new StartupError('There are no development tokens in production: ask the issuer.');
  if (settings.auth.issuer)
    throw new StartupError(
      `JWT_ISSUER is set, so only tokens of ${settings.auth.issuer.issuer} are accepted: ask it for one.`,
    );
  const issuer = developmentIssuer(settings.dataDirectory, settings.auth.agencyClaim);
  process.stdout.write(`${issuer.sign(request)}\n`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
