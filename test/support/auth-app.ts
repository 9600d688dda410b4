import { request as httpRequest } from 'node:http';
import { Controller, Get, Module, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { pino } from 'pino';
import { AuthModule } from '../../src/platform/auth/auth.module.js';
import { Clock } from '../../src/platform/auth/clock.js';
import { Public } from '../../src/platform/auth/public.decorator.js';
import { Context } from '../../src/platform/auth/request-context.decorator.js';
import type { RequestContext } from '../../src/platform/auth/request-context.js';
import { RequireScope } from '../../src/platform/auth/require-scope.decorator.js';
import { readSettings } from '../../src/platform/config/read-settings.js';
import { SettingsModule } from '../../src/platform/config/settings.module.js';
import { ProblemFilter } from '../../src/platform/http/problems/problem.filter.js';
import { portOf } from './port-of.js';
import { generousRateLimits } from './rate-limits.js';

/** Answers with what its guard and decorator found out. */
@Controller('sample')
class SampleController {
  @Get()
  @RequireScope('policies:read')
  read(@Context() { caller, ...context }: RequestContext) {
    return { ...context, caller: { ...caller, scopes: [...caller.scopes] } };
  }

  @Get('write')
  @RequireScope('policies:write')
  write() {
    return { written: true };
  }

  @Get('open')
  @Public()
  open() {
    return { open: true };
  }
}

/** A clock that stands `ahead` milliseconds before the real one. */
export class MovableClock extends Clock {
  ahead = 0;

  now(): number {
    return Date.now() + this.ahead;
  }
}

/** What a request of the tests was answered with. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: unknown;
}

/** A small application behind the guards, listening on loopback. */
export interface AuthApp {
  readonly app: NestFastifyApplication;
  readonly clock: MovableClock;
  /** Everything the application logged. */
  logged(): string;
  /** Sends raw headers: name, value, name, value, … */
  send(path: string, headers?: readonly string[]): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * Starts the application.
 *
 * @param variables environment variables beside `NODE_ENV`
 * @param controllers in place of the sample
 */
export async function startAuthApp(
  variables: Record<string, string>,
  controllers: Type[] = [SampleController],
): Promise<AuthApp> {
  const lines: string[] = [];
  const record = (...parts: unknown[]) => void lines.push(parts.map(String).join(' '));
  const clock = new MovableClock();
  const settings = readSettings({ NODE_ENV: 'test', ...generousRateLimits, ...variables });
  @Module({ imports: [SettingsModule.of(settings), AuthModule], controllers })
  class SampleModule {}
  const built = await Test.createTestingModule({ imports: [SampleModule] })
    .overrideProvider(Clock)
    .useValue(clock)
    .compile();
  const app = built.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
    forceCloseConnections: true,
  });
  app.useLogger({ log: record, error: record, warn: record, debug: record, verbose: record });
  app.useGlobalFilters(
    new ProblemFilter(pino({ level: 'trace' }, { write: (line: string) => record(line) })),
  );
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  const port = portOf(app.getHttpServer());
  return {
    app,
    clock,
    logged: () => lines.join('\n'),
    send: (path, headers) => send(port, path, headers),
    close: () => app.close(),
  };
}

function send(port: number, path: string, headers: readonly string[] = []): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path, headers: ['Host', 'localhost', ...headers], agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}
