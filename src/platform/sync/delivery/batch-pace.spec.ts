import { BatchPace } from './batch-pace.js';

describe('the pace of batches', () => {
  /** Counts one piece at a time, so many a second, for half a second; returns when the last came. */
  const count = (pace: BatchPace, perSecond: number): number => {
    let now = 0;
    for (; now < 500; now += 1000 / perSecond) pace.count(1, now);
    return now;
  };

  it('is short at first, and at a few hundred a second', () => {
    const pace = new BatchPace(3, 15);
    expect(pace.gathering(0)).toBe(3);
    expect(pace.gathering(count(pace, 200))).toBe(3);
  });

  it('is long at a thousand a second, and short again soon after', () => {
    const pace = new BatchPace(3, 15);
    const end = count(pace, 1000);
    expect(pace.gathering(end)).toBe(15);
    expect(pace.gathering(end + 100)).toBe(3);
  });

  it('counts the pieces of a batch one by one', () => {
    const pace = new BatchPace(0, 15);
    pace.count(100, 1);
    expect(pace.gathering(1)).toBe(15);
  });
});
