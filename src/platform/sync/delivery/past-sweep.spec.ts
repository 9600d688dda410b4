import { PastSweep, type Period } from './past-sweep.js';

const beginning = Number.NEGATIVE_INFINITY;
const hour = 3_600_000;

describe('When which part of the past is looked at', () => {
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
      if (period) {
        sweep.note(period, extra(period) + 1, extra(period), now);
        periods.push(period);
      }
      now += 10;
    } while (periods.at(-1)?.start !== beginning);
    return periods;
  }

  it('is all of it, again and again, as long as that is cheap', () => {
    expect(sweep.next(undefined, 0)).toBeUndefined();
    const first = sweep.next(-5_000, 0);
    expect(first).toEqual({ start: beginning, end: -5_000 });
    sweep.note(first as Period, 1, 0, 0);
    expect(sweep.next(-4_801, 199)).toBeUndefined();
    expect(sweep.next(-4_800, 200)).toEqual({ start: beginning, end: -4_800 });
  });

  it('is looked at every 100 milliseconds at most, and every second at least', () => {
    const period = { start: beginning, end: 0 };
    sweep.note(period, 0.1, 0, 1_000);
    expect(sweep.next(0, 1_099)).toBeUndefined();
    expect(sweep.next(0, 1_100)).toBeDefined();
    sweep.note(period, 50, 0, 2_000);
    expect(sweep.next(0, 2_999)).toBeUndefined();
    expect(sweep.next(0, 3_000)).toBeDefined();
  });

  it('is a day at first after a look that took too long, and all again after one that did not', () => {
    wholeSweep(() => 6);
    const starts = wholeSweep(() => 0).map(({ start, end }) => end - start);
    expect(starts).toEqual([24 * hour, Number.POSITIVE_INFINITY]);
    expect(wholeSweep(() => 0)).toHaveLength(1);
  });

  it('comes to parts that fit, whose sweeps end in time and leave nothing out', () => {
    // An hour of which a look at all takes 100 milliseconds longer.
    const dear = { start: -hour, end: 0 };
    const cost = ({ start, end }: Period): number =>
      Math.max(0, Math.min(end, dear.end) - Math.max(start, dear.start)) / 36_000;
    for (let n = 0; n < 15; n += 1) wholeSweep(cost);
    const begun = now;
    const periods = wholeSweep(cost);
    expect(Math.max(...periods.map(cost))).toBeLessThan(15);
    expect(periods.length).toBeGreaterThan(10);
    expect(now - begun).toBeLessThan(60_000);
    expect(periods[0]?.end).toBeGreaterThanOrEqual(begun - 5_000);
    for (const [index, { end }] of periods.slice(1).entries()) expect(end).toBe(periods[index]?.start);
  });

  it('does not pause after 15 seconds, and is all that is left after a minute', () => {
    for (let n = 0; n < 30; n += 1) wholeSweep(() => 100);
    const looks: number[] = [];
    for (let period: Period | undefined; period?.start !== beginning; now += 10) {
      period = sweep.next(now - 5_000, now);
      if (!period) continue;
      looks.push(now);
      sweep.note(period, 100, 100, now);
    }
    const times = looks.map((time) => time - (looks[0] ?? 0));
    expect(times.filter((time) => time <= 15_000)).toEqual(Array.from({ length: 16 }, (_, n) => n * 1_000));
    expect(times.filter((time) => time > 15_000)).toEqual(
      Array.from({ length: 4_500 }, (_, n) => 15_010 + n * 10),
    );
  });
});
