import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { createApp } from './app.js';
import { migrateAll, requireAllMigrated } from './migrate.js';
import {
  type DatabaseAddress,
  type DatabaseName,
  databaseNames,
  type Settings,
} from './platform/config/settings.js';
import { StartupError } from './platform/config/startup.error.js';
import type { DatabaseAddresses } from './platform/database/database-addresses.js';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from './platform/database/embedded/embedded-postgres.js';
import { codeOf, messageOf } from './platform/database/error-details.js';
import { checkDatabases } from './platform/database/preflight.js';
import { SyncService } from './platform/sync/sync.service.js';
import { type DemoReceiver, startDemoReceiver } from './platform/sync/demo/demo-receiver.js';

/** The running service and what belongs to it. */
export interface Service {
  /** Base address, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Whether changes go to the demo external system, as there is no other one. */
  readonly demo: boolean;
  /** Answers what is under way, then stops everything that was started. */
  stop(): Promise<void>;
}

/**
 * Starts the service: the embedded databases where no others are configured, migrations on those, the demo
 * external system where no other is configured, and the API. What was started is stopped again if a later
 * step fails.
 *
 * @throws {StartupError} when the operator can mend the reason
 */
export async function startService(settings: Settings, logger: Logger): Promise<Service> {
  const started: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of started.splice(0).toReversed()) await end();
  };
  try {
    const embedded = await startDatabases(settings, logger);
    if (embedded) started.push(() => embedded.stop());
    const addresses = await prepareDatabases(settings, embedded, logger);
    const demo = await startDemo(settings);
    if (demo) started.push(() => demo.close());
    const app = await createApp({ settings: withDemoTarget(settings, demo), addresses, logger });
    started.push(() => app.close());
    const url = await listen(app, settings);
    return { url, demo: app.get(SyncService).usesDemo, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startDatabases(settings: Settings, logger: Logger): Promise<EmbeddedPostgres | undefined> {
  if (databaseNames.every((name) => settings.databases[name])) return undefined;
  return startEmbeddedPostgres(settings.dataDirectory, { log: logger });
}

/** The embedded databases are migrated here; others by `npm run migrate`, with a login that this process need not have. */
async function prepareDatabases(
  settings: Settings,
  embedded: EmbeddedPostgres | undefined,
  logger: Logger,
): Promise<DatabaseAddresses> {
  const addressOf = (name: DatabaseName): DatabaseAddress => {
    const address = settings.databases[name] ?? embedded?.addresses[name];
    if (!address) throw new Error(`The database ${name} has no address.`);
    return address;
  };
  const addresses = { policy: addressOf('policy'), market: addressOf('market') };
  await checkDatabases(addresses, logger);
  for (const name of databaseNames) {
    if (settings.databases[name]) await requireAllMigrated(addresses, [name]);
    else await migrateAll(addresses, [name]);
  }
  return addresses;
}

async function startDemo(settings: Settings): Promise<DemoReceiver | undefined> {
  if (settings.production || settings.sync.target || settings.role === 'api') return undefined;
  return startDemoReceiver({ print: (line) => process.stdout.write(`${line}\n`) });
}

function withDemoTarget(settings: Settings, demo: DemoReceiver | undefined): Settings {
  if (!demo) return settings;
  return Object.assign({}, settings, {
    sync: { ...settings.sync, target: { name: 'demo', url: demo.url, secret: demo.secret } },
  });
}

async function listen(app: NestFastifyApplication, { host, port }: Settings): Promise<string> {
  try {
    await app.listen(port, host);
  } catch (error) {
    throw listenProblem(error, host, port);
  }
  const address = app.getHttpServer().address();
  const actualPort = typeof address === 'object' && address ? address.port : port;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${shown}:${actualPort}`;
}

function listenProblem(error: unknown, host: string, port: number): unknown {
  switch (codeOf(error) ?? '') {
    case 'EADDRINUSE':
      return new StartupError(
        `Port ${port} of ${host} is taken; stop the program that uses it, or set PORT to another port.`,
        { cause: error },
      );
    case 'EACCES':
      return new StartupError(
        `Port ${port} needs more rights than this user has; set PORT to one above 1023.`,
        {
          cause: error,
        },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartupError(
        `HOST=${host} is no address of this machine (${messageOf(error)}); correct HOST.`,
        {
          cause: error,
        },
      );
    default:
      return error;
  }
}
