import type { ExecutionContext } from '@nestjs/common';
import { readSettings } from '../../config/read-settings.js';
import { MetricsAccessGuard } from './metrics-access.guard.js';

function ask(settings: { production: boolean; metricsToken?: string }, ip: string, header?: string): boolean {
  const raw = {
    headers: { ...(header && { authorization: header }) },
    rawHeaders: header ? ['Authorization', header] : [],
  };
  const context = {
    switchToHttp: () => ({ getRequest: () => ({ ip, raw }) }),
  } as unknown as ExecutionContext;
  return new MetricsAccessGuard(Object.assign({}, readSettings({}), settings)).canActivate(context);
}

const here = '127.0.0.1';
const metricsToken = 'metrics-token-of-the-tests';

describe('MetricsAccessGuard', () => {
  it.each([here, '127.8.8.8', '::1', '::ffff:127.0.0.1'])(
    'lets %s pass without a token outside production, and not in production',
    (address) => {
      expect(ask({ production: false }, address)).toBe(true);
      expect(() => ask({ production: true }, address)).toThrow('There is nothing at this address.');
    },
  );

  it.each(['10.0.0.1', '::ffff:10.0.0.1', '::2', '2001:db8::127.1', '1.127.0.0'])(
    'shows nothing to %s where no token is set',
    (address) => {
      expect(() => ask({ production: false }, address)).toThrow('There is nothing at this address.');
    },
  );

  it.each([true, false])('asks everybody for the token that is set, production or not (%s)', (production) => {
    const settings = { production, metricsToken };
    expect(ask(settings, '10.0.0.1', `Bearer ${metricsToken}`)).toBe(true);
    for (const header of [undefined, 'Bearer other', `Bearer ${metricsToken}x`, 'Bearer '])
      expect(() => ask(settings, here, header)).toThrow('Send a valid token');
  });
});
