import { Writable } from 'node:stream';
import { AxiosError } from 'axios';
import { createLogger } from './logger.js';
import { PinoLoggerService } from './pino-logger.service.js';

function capture() {
  const lines: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { lines, logger: createLogger({ level: 'trace', destination }) };
}

describe('the log', () => {
  it('never holds what an HTTP client or a database driver carries in its errors', () => {
    const { lines, logger } = capture();
    const carried = { headers: { Authorization: 'secret' }, data: 'secret', url: 'https://x/?secret' };
    const pgError = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (id)=(secret)',
      parameters: ['secret'],
    });
    logger.error({ err: new AxiosError('failed', 'ECONNRESET', carried as never, carried) });
    logger.error({ err: new Error('outer', { cause: pgError }) });
    logger.error(pgError);
    expect(JSON.stringify(lines)).not.toContain('secret');
    expect(lines[1]).toMatchObject({ level: 'error', err: { message: 'outer', cause: { code: '23505' } } });
  });

  it('never holds credentials or requests, wherever they are put', () => {
    const { lines, logger } = capture();
    const headers = { authorization: 'secret', cookie: 'secret' };
    logger.info({ headers });
    logger.info({ authorization: 'secret', req: { headers, body: 'secret' }, res: { headers } });
    logger.info({ request: { headers } });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('carries the messages of Nest, with their context', () => {
    const { lines, logger } = capture();
    const service = new PinoLoggerService(logger);
    service.log('started', 'NestFactory');
    service.error('failed', 'Error: failed\n    at x', 'Router');
    service.error(new Error('thrown'), 'Router');
    expect(lines).toMatchObject([
      { level: 'debug', msg: 'started', context: 'NestFactory' },
      { level: 'error', msg: 'failed', context: 'Router', stack: 'Error: failed\n    at x' },
      { level: 'error', msg: 'thrown', context: 'Router', err: { message: 'thrown' } },
    ]);
  });
});
