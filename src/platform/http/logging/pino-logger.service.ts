import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';
import { StartupError } from '../../config/startup.error.js';

/** Nest's own messages, written to the service's log. Start-up chatter of Nest is at level `debug`. */
export class PinoLoggerService implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes the context last, and for errors a stack before it. */
  private write(
    level: 'trace' | 'debug' | 'warn' | 'error' | 'fatal',
    message: unknown,
    rest: unknown[],
  ): void {
    const texts = rest.filter((each) => typeof each === 'string');
    const context = texts.at(-1);
    const stack = texts.length > 1 ? texts[0] : undefined;
    const err = [message, ...rest].find((each) => each instanceof Error);
    // Nest logs what a provider throws while it starts; this kind is printed, for the operator, where it ends.
    if (err instanceof StartupError) return;
    this.logger[level](
      { ...(context && { context }), ...(err && { err }), ...(stack && { stack }) },
      message instanceof Error ? message.message : String(message),
    );
  }
}
