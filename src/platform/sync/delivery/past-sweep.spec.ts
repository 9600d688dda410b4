import { PastSweep, type Period } from './past-sweep.js';

const beginning = Number.NEGATIVE_INFINITY;
const hour = 3_600_000;
/** Milliseconds between two looks. */
const interval = 250;

describe('Which part of the past is looked at', () => {
  let sweep: PastSweep;
  let now: number;

  beforeEach(() => {
    sweep = new PastSweep();
    now = 0;
  });

  /** All looks of a sweep. @param extra how many milliseconds longer one takes than a look at the present */
  function wholeSweep(extra: (period: Period) => number): Period[] {
    const periods: Period[] = [];
    do {
      const period = sweep.next(now - 5_000, now);
      sweep.looked(period, extra(period), now);
      periods.push(period);
      now += interval;
    } while (periods.at(-1)?.start !== beginning);
    return periods;
  }

  it('is all of it, again and again, as long as that is cheap', () => {
    expect(wholeSweep(() => 0)).toEqual([{ start: beginning, end: -5_000 }]);
    expect(wholeSweep(() => 2)).toEqual([{ start: beginning, end: -4_750 }]);
  });

  it('is a day at first after a look that took too long, and all again after one that did not', () => {
    wholeSweep(() => 3);
    const starts = wholeSweep(() => 0).map(({ start, end }) => end - start);
    expect(starts).toEqual([24 * hour, Number.POSITIVE_INFINITY]);
    expect(wholeSweep(() => 0)).toHaveLength(1);
  });

  it('is less of the same after a look that failed', () => {
    const { end } = sweep.next(-5_000, 0);
    sweep.failed();
    expect(sweep.next(-4_000, 1_000)).toEqual({ start: end - 24 * hour, end });
    sweep.failed();
    expect(sweep.next(-4_000, 2_000)).toEqual({ start: end - 12 * hour, end });
  });

  it('comes to parts that fit, whose sweeps end in time and leave nothing out', () => {
    // An hour of which a look at all takes 100 milliseconds longer.
    const dear = { start: -hour, end: 0 };
    const cost = ({ start, end }: Period): number =>
      Math.max(0, Math.min(end, dear.end) - Math.max(start, dear.start)) / 36_000;
    for (let n = 0; n < 15; n += 1) wholeSweep(cost);
    const begun = now;
    const periods = wholeSweep(cost);
    expect(Math.max(...periods.map(cost))).toBeLessThan(8);
    expect(periods.length).toBeGreaterThan(10);
    expect(now - begun).toBeLessThan(30_000);
    expect(periods[0]?.end).toBe(begun - 5_000);
    for (const [index, { end }] of periods.slice(1).entries()) expect(end).toBe(periods[index]?.start);
  });

  it('ends within minutes also where each look takes long, and is late meanwhile', () => {
    const cost = ({ start, end }: Period): number =>
      Math.max(0, Math.min(end, 0) - Math.max(start, -hour)) / 360;
    for (let n = 0; n < 15; n += 1) wholeSweep(cost);
    const begun = now;
    expect(sweep.isLate(begun)).toBe(false);
    sweep.looked(sweep.next(begun - 5_000, begun), 5, begun);
    expect([sweep.isLate(begun + 15_000), sweep.isLate(begun + 15_001)]).toEqual([false, true]);
    wholeSweep(cost);
    expect(now - begun).toBeLessThan(180_000);
    expect(sweep.isLate(now + hour)).toBe(false);
  });
});
