import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.js';
import { resourceScopes, resourcesOf } from '../../src/app.module.js';
import { describeService } from '../../src/openapi.js';
import { readSettings } from '../../src/platform/config/read-settings.js';
import { createLogger } from '../../src/platform/http/logging/logger.js';
import type { FeatureModule } from '../../src/platform/records/resource.js';
import { ApiDocument } from './contract/api-document.js';
import type { Prism } from './contract/prism.js';
import { startProxy, throughProxy } from './contract/validating-proxy.js';
import { watchResponses } from './contract/watch-responses.js';
import { createDatabases, type TestDatabases } from './cluster.js';
import { generousRateLimits } from './rate-limits.js';
import { tokens } from './tokens.js';

/** An answer, with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined where there is none. */
  readonly body: Record<string, unknown>;
}

export interface RequestOptions {
  /** The caller's agency; `hhs` unless given. */
  readonly agency?: string;
  readonly scopes?: readonly string[];
  /** Who asks; `tester` unless given. */
  readonly subject?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string is sent as it stands. */
  readonly body?: unknown;
}

/** The whole service on databases of its own, listening on a free port. */
export interface TestApp {
  readonly app: NestFastifyApplication;
  /** Base address; another one after {@link restart}. */
  readonly url: string;
  readonly databases: TestDatabases;
  readonly dataDirectory: string;
  /** What it logged; nothing unless `LOG_LEVEL` is given. */
  readonly logs: readonly string[];
  token(agency?: string, scopes?: readonly string[], subject?: string): string;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /**
   * Stops the service and starts it again on the same databases, with these variables and modules in place of the
   * first ones.
   */
  restart(variables?: Record<string, string>, modules?: readonly FeatureModule[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the service as its users get it.
 *
 * @param variables environment variables beside those that tests need
 * @param modules in place of its feature modules; its answers are then held against its own OpenAPI document
 */
export async function startApp(
  variables: Record<string, string> = {},
  modules?: readonly FeatureModule[],
): Promise<TestApp> {
  const databases = await createDatabases();
  const dataDirectory = mkdtempSync(join(tmpdir(), 'hms-app-'));
  const logs: string[] = [];
  let app: NestFastifyApplication | undefined;
  let proxy: Prism | undefined;
  const close = async (): Promise<void> => {
    await proxy?.stop();
    await app?.close();
    await databases.drop();
    rmSync(dataDirectory, { recursive: true });
  };
  const start = async (
    given: Record<string, string>,
    modules?: readonly FeatureModule[],
  ): Promise<NestFastifyApplication> => {
    const settings = readSettings({
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      ...generousRateLimits,
      DATA_DIR: dataDirectory,
      ...given,
    });
    const destination = { write: (line: string): void => void logs.push(line) };
    const logger = createLogger({ level: settings.logLevel, destination });
    app = await createApp({ settings, addresses: databases.addresses, logger, ...(modules && { modules }) });
    if (servesDocument(given)) watchResponses(app.getHttpServer(), modules && documentOf(app, modules));
    await app.listen(0, '127.0.0.1');
    return app;
  };
  let running: NestFastifyApplication;
  let url: string;
  const run: TestApp['restart'] = async (given = variables, others = modules) => {
    running = await start(given, others);
    url = (await running.getUrl()).replace('[::1]', 'localhost');
    // The proxy knows the committed document alone.
    if (!throughProxy || others || !servesDocument(given)) return;
    proxy = await startProxy(url);
    url = proxy.url;
  };
  try {
    await run();
  } catch (error) {
    await close();
    throw error;
  }
  const issuer = tokens(dataDirectory);
  const token = (agency = 'hhs', scopes: readonly string[] = resourceScopes, subject?: string) =>
    issuer.token(agency, scopes.join(' '), subject);
  return {
    get app() {
      return running;
    },
    get url() {
      return url;
    },
    databases,
    dataDirectory,
    logs,
    token,
    close,
    restart: async (...others) => {
      await proxy?.stop();
      await running.close();
      await run(...others);
    },
    request: async (method, path, { agency, scopes, subject, headers, body } = {}) => {
      const response = await fetch(url + path, {
        method,
        redirect: 'manual',
        headers: {
          Authorization: `Bearer ${token(agency, scopes, subject)}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: (text === '' ? undefined : JSON.parse(text)) as Record<string, unknown>,
      };
    },
  };
}

/** A dispatcher serves nothing of the document but health and metrics. */
const servesDocument = ({ ROLE }: Record<string, string>): boolean => ROLE !== 'dispatcher';

function documentOf(app: NestFastifyApplication, modules: readonly FeatureModule[]): ApiDocument {
  return ApiDocument.of(describeService(app, resourcesOf(modules)));
}
