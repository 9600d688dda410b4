import { outageDelay, probeDelay, retryAfter, retryDelay } from './retry-schedule.js';

const middle = (): number => 0.5;

describe('the retry schedule', () => {
  it('waits longer with each failed attempt, up to an hour', () => {
    const pauses = Array.from({ length: 14 }, (_, index) => retryDelay(index + 1, middle));
    expect(pauses.slice(0, 5)).toEqual([250, 500, 1_000, 2_000, 5_000]);
    expect(pauses).toEqual([...pauses].sort((one, other) => one - other));
    expect(pauses.slice(-3)).toEqual([3_600_000, 3_600_000, 3_600_000]);
  });

  it('spreads the pauses by a fifth in both directions', () => {
    expect(retryDelay(3, () => 0)).toBe(800);
    expect(retryDelay(3, () => 1)).toBe(1_200);
  });

  it('waits no longer than five seconds while the target may be down', () => {
    expect(outageDelay(1, middle)).toBe(250);
    expect(outageDelay(1_000, middle)).toBe(5_000);
  });

  it('probes a target that is down at growing intervals, which end at 15 seconds', () => {
    expect([1, 2, 3, 8, 9, 1_000].map((probes) => probeDelay(probes, middle))).toEqual([
      2_000, 4_000, 5_000, 5_000, 15_000, 15_000,
    ]);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['315360000', 3_600_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['Fri, 01 Jan 2036 00:00:00 GMT', 3_600_000],
  ])('reads %p as %p milliseconds', (header, milliseconds) => {
    expect(retryAfter(header, now)).toBe(milliseconds);
  });

  it.each([undefined, '', 'soon', '-5', '1.5', '2026-01-01', 'Thu, 99 Foo'])('ignores %p', (header) => {
    expect(retryAfter(header, now)).toBeUndefined();
  });
});
