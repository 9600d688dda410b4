import { TokenCache } from './token-cache.js';

const caller = { subject: 'me', agency: 'demo', scopes: new Set(['policies:read']), kind: 'person' as const };

describe('TokenCache', () => {
  const clock = { time: 1_000_000, now: () => clock.time };
  let cache: TokenCache;

  beforeEach(() => {
    clock.time = 1_000_000;
    cache = new TokenCache(clock);
  });

  it('serves a caller for 5 minutes at most', () => {
    cache.set('a.b.c', { caller, expiresAt: clock.time + 3_600_000 });
    clock.time += 299_999;
    expect(cache.get('a.b.c')).toBe(caller);
    clock.time += 1;
    expect(cache.get('a.b.c')).toBeUndefined();
  });

  it('never serves an expired token', () => {
    cache.set('a.b.c', { caller, expiresAt: clock.time + 1000 });
    clock.time += 999;
    expect(cache.get('a.b.c')).toBe(caller);
    clock.time += 1;
    expect(cache.get('a.b.c')).toBeUndefined();
    cache.set('d.e.f', { caller, expiresAt: clock.time });
    clock.time -= 1;
    expect(cache.get('d.e.f')).toBeUndefined();
  });

  it('holds 10,000 tokens and lets the longest unused one go', () => {
    for (let index = 0; index <= 10_000; index += 1)
      cache.set(`token-${index}`, { caller, expiresAt: clock.time + 60_000 });
    expect(cache.get('token-0')).toBeUndefined();
    expect(cache.get('token-1')).toBe(caller);
    expect(cache.get('token-10000')).toBe(caller);
  });

  it('forgets everything when it is cleared', () => {
    cache.set('a.b.c', { caller, expiresAt: clock.time + 60_000 });
    cache.clear();
    expect(cache.get('a.b.c')).toBeUndefined();
  });
});
