import type { SecurityEvent } from '../../auth/security-events.js';
import { EventLimiter, type SuppressedEvents } from './event-limiter.js';

const limits = { window: 1000, perAddress: 3, perSubject: 2, inAll: 5 };

function event(address: string, subject?: string, action = 'access.denied'): SecurityEvent {
  const caller = { agency: 'hhs', scopes: new Set<string>(), kind: 'person' } as const;
  return {
    action,
    outcome: 'denied',
    origin: { requestId: 'r', route: 'GET /api/policies', address },
    caller: subject === undefined ? undefined : { ...caller, subject },
  };
}

function summariesOf(limiter: EventLimiter): SuppressedEvents[] {
  const taken: SuppressedEvents[] = [];
  limiter.takeSummaries((summary) => taken.push(summary) > 0);
  return taken;
}

describe('EventLimiter', () => {
  let limiter: EventLimiter;
  const admitted = (events: SecurityEvent[], now = 0) =>
    events.filter((each) => limiter.admit(each, now)).length;

  beforeEach(() => {
    limiter = new EventLimiter(limits);
  });

  it('lets so many pass for one address, one subject and in all', () => {
    expect(admitted(Array.from({ length: 10 }, () => event('1')))).toBe(3);
    limiter = new EventLimiter(limits);
    expect(admitted(Array.from({ length: 10 }, (_, n) => event(`${n}`, 'ada')))).toBe(2);
    limiter = new EventLimiter(limits);
    expect(admitted(Array.from({ length: 10 }, (_, n) => event(`${n}`, `s${n}`)))).toBe(5);
  });

  it('keeps the limits of one action from hiding another', () => {
    expect(admitted(Array.from({ length: 10 }, (_, n) => event(`${n}`)))).toBe(5);
    expect(admitted([event('1', 'ada', 'audit.exported')])).toBe(1);
  });

  it('begins anew when the window is over', () => {
    expect(admitted([0, 1, 2, 3].map(() => event('1')))).toBe(3);
    expect(admitted([event('1')], 999)).toBe(0);
    expect(admitted([event('1')], 1000)).toBe(1);
  });

  it('counts what does not pass, for each action and agency, until it is taken', () => {
    admitted(Array.from({ length: 10 }, () => event('1')));
    admitted(Array.from({ length: 6 }, (_, n) => event(`${n}`, 'ada', 'audit.read')));
    expect(limiter.hasSummaries).toBe(true);
    limiter.takeSummaries(() => false);
    expect(summariesOf(limiter)).toMatchObject([
      { action: 'access.denied', agency: '', count: 7 },
      { action: 'audit.read', agency: 'hhs', count: 4 },
    ]);
    expect(limiter.hasSummaries).toBe(false);
  });
});
