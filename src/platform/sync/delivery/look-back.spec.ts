import { LookBack } from './look-back.js';

const all = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };
const end = { dueFor: [20], free: 10 };
const nothing = { dueFor: [], free: 10 };

describe('How far claims look back', () => {
  let lookBack: LookBack;

  beforeEach(() => {
    lookBack = new LookBack();
  });

  it('is to the beginning at first, and then to some seconds before the last look that found an end', () => {
    expect(lookBack.present([1, 2], 1_000)).toEqual(new Map());
    expect(lookBack.newestFloor).toBeUndefined();
    lookBack.notePresent(new Map([[1, end]]), 1_000);
    // Of another target nothing is known yet.
    expect(lookBack.present([1, 2], 1_100)).toEqual(new Map([[1, { from: 5_100, to: 0 }]]));
    lookBack.notePresent(new Map([[1, end]]), 1_100);
    expect(lookBack.present([1], 1_200)).toEqual(new Map([[1, { from: 5_100, to: 0 }]]));
  });

  it('stays where it was for a target of which nothing was taken', () => {
    lookBack.notePresent(
      new Map([
        [1, end],
        [2, nothing],
      ]),
      1_000,
    );
    lookBack.notePresent(new Map([[1, nothing]]), 1_100);
    expect(lookBack.present([1, 2], 1_200)).toEqual(new Map([[1, { from: 5_200, to: 0 }]]));
  });

  it('goes on from where a look ended that took all it could', () => {
    lookBack.notePresent(new Map([[1, { dueFor: [9_000, 8_000], free: 2 }]]), 1_000);
    expect(lookBack.present([1], 1_100)).toEqual(new Map([[1, { from: 8_000 + 1_000 + 100, to: 0 }]]));
  });

  it('leaves the past of each target to looks at the past', () => {
    lookBack.notePresent(new Map([[1, end]]), 20_000);
    lookBack.notePresent(new Map([[2, end]]), 10_000);
    expect(lookBack.newestFloor).toBe(15_000);
    expect(lookBack.past([1, 2, 3], all, 20_000)).toEqual(
      new Map([
        [1, { from: Number.POSITIVE_INFINITY, to: 5_000 }],
        [2, { from: Number.POSITIVE_INFINITY, to: 15_000 }],
      ]),
    );
    // Of the second that period is its present.
    expect(lookBack.past([1, 2, 3], { start: 5_000, end: 9_000 }, 20_000)).toEqual(
      new Map([[1, { from: 15_000, to: 11_000 }]]),
    );
  });

  it('goes on from where a look at the past ended that took all it could, and from no other', () => {
    lookBack.notePresent(new Map([[1, end]]), 20_000);
    lookBack.notePast(new Map([[1, { dueFor: [9_000], free: 2 }]]), 20_000);
    expect(lookBack.newestFloor).toBe(15_000);
    lookBack.notePast(new Map([[1, { dueFor: [9_000, 8_000], free: 2 }]]), 20_000);
    expect(lookBack.newestFloor).toBe(11_000);
  });

  it('is to the beginning for a target that was gone in between', () => {
    lookBack.notePresent(new Map([[1, end]]), 1_000);
    lookBack.keep(new Set());
    expect(lookBack.present([1], 1_100)).toEqual(new Map());
  });
});
