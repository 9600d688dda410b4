import { type DestinationStream, type Logger, pino, type LoggerOptions as PinoOptions } from 'pino';
import { describeError } from './describe-error.js';

/** Places where a credential would be, should somebody log a whole request or its headers. */
const secrets = ['authorization', 'cookie', 'set-cookie'].flatMap((name) =>
  ['', 'headers', 'req.headers', 'request.headers', 'res.headers'].map((parent) => `${parent}["${name}"]`),
);

export interface LoggerOptions {
  /** Lowest level that is written: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. */
  readonly level: string;
  /** Where lines go; standard output unless given. */
  readonly destination?: DestinationStream;
}

/**
 * The service's log: one JSON object a line, with `time` in UTC, `level` by name and `msg`. Errors (as
 * `err`) are written by {@link describeError}, requests and replies never, so that no header and no body
 * reaches the log.
 */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  const options: PinoOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secrets, censor: '[redacted]' },
    serializers: {
      err: (error) => describeError(error),
      error: (error) => describeError(error),
      req: nothing,
      res: nothing,
    },
  };
  return pino(options, destination ?? standardOutput());
}

/**
 * Standard output, written to in batches: a system call for each line would cost a tenth of a read. A line
 * waits 200 ms at most, and what waits is written when the process ends; only `kill -9` loses it.
 */
function standardOutput(): DestinationStream {
  return pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 200 });
}

function nothing(): undefined {
  return undefined;
}
