import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { PinoLoggerService } from './logging/pino-logger.service.js';
import { ProblemFilter, type ProblemObserver } from './problems/problem.filter.js';
import { UndeclaredInputGuard } from './undeclared-input.guard.js';
import { validationPipe } from './validation.js';

/**
 * Gives an application what every route has: request validation, errors as problem details, and Nest's own
 * messages in the service's log. Call it before `init` or `listen`.
 *
 * @param observe is told of every problem that a request is answered with
 */
export function configureHttpApplication(
  app: NestFastifyApplication,
  logger: Logger,
  observe?: ProblemObserver,
): void {
  app.useLogger(new PinoLoggerService(logger));
  app.useGlobalGuards(new UndeclaredInputGuard());
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter(logger, observe));
}
