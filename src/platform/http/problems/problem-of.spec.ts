import {
  BadRequestException,
  ForbiddenException,
  ImATeapotException,
  NotFoundException,
} from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { ProblemError } from './problem.error.js';
import { problemOf } from './problem-of.js';

const coded = (code: string, message = 'secret detail') => Object.assign(new Error(message), { code });

describe('problemOf', () => {
  it('leaves a problem as it is', () => {
    const problem = new ProblemError('deleted', 'It was deleted.');
    expect(problemOf(problem)).toBe(problem);
  });

  it.each([
    '55P03',
    '57014',
    '25006',
    '53100',
    '53300',
    '57P01',
    '57P02',
    '57P03',
    '40001',
    '40P01',
    '08006',
    'ECONNREFUSED',
    'ETIMEDOUT',
  ])('takes the database error %s for one that passes', (code) => {
    for (const error of [coded(code), new QueryFailedError('SELECT 1', [], coded(code))])
      expect(problemOf(error)).toMatchObject({
        code: 'unavailable',
        message: expect.not.stringContaining('secret') as string,
        extras: { headers: { 'Retry-After': '1' }, cause: error },
      });
  });

  it.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'database "policy" is not currently accepting connections',
  ])('knows a lost connection by the message %j', (message) => {
    expect(problemOf(new Error(message)).code).toBe('unavailable');
  });

  it('knows a refused connection to several addresses', () => {
    expect(problemOf(new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')])).code).toBe(
      'unavailable',
    );
  });

  it.each([
    coded('23505'),
    coded('42601'),
    new TypeError('secret'),
    'secret',
    undefined,
    new ImATeapotException('x'),
  ])('tells nothing of %p unless it is meant for clients', (error) => {
    const problem = problemOf(error);
    expect(problem.message).not.toContain('secret');
    expect(problem.code).toBe(error instanceof ImATeapotException ? 'malformed-request' : 'internal');
  });

  it('knows the exceptions of Nest', () => {
    expect(problemOf(new BadRequestException('Send a number.'))).toMatchObject({
      code: 'malformed-request',
      message: 'Send a number.',
    });
    expect(problemOf(new ForbiddenException()).code).toBe('insufficient-scope');
    expect(problemOf(new NotFoundException('Cannot GET /secret')).message).not.toContain('secret');
  });
});
