import { LookBack } from './look-back.js';

const none = new Map<number, number>();
const end = () => ({ dueFor: [20], free: 10 });

describe('How far claims look back', () => {
  let lookBack: LookBack;

  beforeEach(() => {
    lookBack = new LookBack();
  });

  it('is to the beginning at first, and then to some seconds before the last look that found an end', () => {
    expect(lookBack.of([1, 2], 1_000)).toEqual(none);
    lookBack.note(new Map([[1, end()]]), none, 1_000, 1_002);
    // Of another target nothing is known yet.
    expect(lookBack.of([1, 2], 1_100)).toEqual(new Map([[1, 5_100]]));
    lookBack.note(new Map([[1, end()]]), lookBack.of([1], 1_100), 1_100, 1_102);
    expect(lookBack.of([1], 1_200)).toEqual(new Map([[1, 5_100]]));
  });

  it('stays where it was for a target of which nothing was taken', () => {
    const nothing = { dueFor: [], free: 10 };
    lookBack.note(
      new Map([
        [1, end()],
        [2, nothing],
      ]),
      none,
      1_000,
      1_002,
    );
    lookBack.note(new Map([[1, nothing]]), new Map([[1, 5_100]]), 1_100, 1_102);
    expect(lookBack.of([1, 2], 1_200)).toEqual(new Map([[1, 5_200]]));
  });

  it('goes on from where a look ended that took all it could', () => {
    lookBack.note(new Map([[1, { dueFor: [9_000, 8_000], free: 2 }]]), none, 1_000, 1_002);
    expect(lookBack.of([1], 1_100)).toEqual(new Map([[1, 8_000 + 1_000 + 100]]));
  });

  it('is to the beginning again after 200 times what that took, which other work does not raise at once', () => {
    lookBack.note(new Map([[1, end()]]), none, 1_000, 1_002);
    expect(lookBack.of([1], 1_401).size).toBe(1);
    expect(lookBack.of([1], 1_402).size).toBe(0);
    lookBack.note(new Map([[1, end()]]), none, 1_402, 1_902);
    expect(lookBack.of([1], 1_902 + 799).size).toBe(1);
    expect(lookBack.of([1], 1_902 + 800).size).toBe(0);
  });

  it('is to the beginning every 100 milliseconds at most, and every 30 seconds at least', () => {
    lookBack.note(new Map([[1, end()]]), none, 1_000, 1_000);
    expect(lookBack.of([1], 1_099).size).toBe(1);
    expect(lookBack.of([1], 1_100).size).toBe(0);
    const slow = new LookBack();
    slow.note(new Map([[1, end()]]), none, 1_000, 9_000);
    expect(slow.of([1], 38_999).size).toBe(1);
    expect(slow.of([1], 39_000).size).toBe(0);
  });

  it('is to the beginning for a target that was gone in between', () => {
    lookBack.note(new Map([[1, end()]]), none, 1_000, 1_002);
    lookBack.keep(new Set());
    expect(lookBack.of([1], 1_100)).toEqual(none);
  });
});
