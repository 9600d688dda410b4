import { resourceScopes } from './app.module.js';
import { developmentIssuer } from './platform/auth/development-issuer.js';
import { processEnvironment } from './platform/config/process-environment.js';
import { readSettings } from './platform/config/read-settings.js';
import type { Settings } from './platform/config/settings.js';
import { StartupError } from './platform/config/startup.error.js';
import { createLogger } from './platform/http/logging/logger.js';
import { docsPath } from './platform/http/openapi/serve-docs.js';
import { type Service, startService } from './service.js';

/** Milliseconds in which everything must have stopped. */
const patience = 25_000;
/** Milliseconds in which a second signal is still the same Ctrl-C: npm passes on what the terminal sent to all. */
const echo = 500;

try {
  const settings = readSettings(processEnvironment());
  const starting = startService(settings, createLogger({ level: settings.logLevel }));
  stopOnSignal(starting);
  console.log(welcome(settings, await starting));
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exit(1);
}

/** A signal during the start stops the service once it has started: its database must not be left behind. */
function stopOnSignal(starting: Promise<Service>): void {
  let asked: number | undefined;
  const stop = (): void => {
    if (asked !== undefined) {
      // A second Ctrl-C does not wait; the databases then recover at the next start.
      if (performance.now() - asked > echo) process.exit(1);
      return;
    }
    asked = performance.now();
    setTimeout(() => process.exit(1), patience).unref();
    starting
      .then((service) => service.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function welcome(settings: Settings, { url, demo }: Service): string {
  const lines = ['', `HMS is running at ${url}`];
  if (settings.role === 'dispatcher')
    lines.push('It delivers changes; requests are answered by other processes.');
  else lines.push(`API documentation: ${url}${docsPath}`);
  if (settings.role === 'api') lines.push('It answers requests; changes are delivered by other processes.');
  if (settings.role !== 'dispatcher' && !settings.auth.issuer) lines.push(...tryIt(settings, url));
  if (demo)
    lines.push('', 'No SYNC_URL is set: a demo external system prints here each change that it receives.');
  return [...lines, ''].join('\n');
}

function tryIt(settings: Settings, url: string): string[] {
  const token = developmentIssuer(settings.dataDirectory, settings.auth.agencyClaim).sign({
    subject: 'developer',
    agency: 'demo',
    scopes: resourceScopes,
    lifetime: 12 * 3600,
  });
  return [
    '',
    'A token for the next 12 hours (npm run -s token prints another):',
    `  ${token}`,
    '',
    'Make a policy:',
    `  curl -X POST ${url}/api/policies -H 'Authorization: Bearer ${token}' \\`,
    `    -H 'Content-Type: application/json' -d '{"title":"Winter heating allowance"}'`,
  ];
}
