import { LookBack } from './look-back.js';

const end = { dueFor: [20], free: 10 };
const nothing = { dueFor: [], free: 10 };
const beginning = Number.NEGATIVE_INFINITY;

describe('How far claims look back', () => {
  let lookBack: LookBack;

  beforeEach(() => {
    lookBack = new LookBack();
  });

  it('is to the beginning at first, and then to some seconds before the last look that found an end', () => {
    expect(lookBack.present([1, 2], 1_000)).toEqual(new Map());
    lookBack.notePresent(new Map([[1, end]]), 1_000);
    // Of another target nothing is known yet.
    expect(lookBack.present([1, 2], 1_100)).toEqual(new Map([[1, { from: 5_100, to: 0 }]]));
    lookBack.notePresent(new Map([[1, nothing]]), 1_100);
    expect(lookBack.present([1], 1_200)).toEqual(new Map([[1, { from: 5_100, to: 0 }]]));
  });

  it('goes on from where a look ended that took all it could', () => {
    lookBack.notePresent(new Map([[1, { dueFor: [9_000, 8_000], free: 2 }]]), 1_000);
    expect(lookBack.present([1], 1_100)).toEqual(new Map([[1, { from: 8_000 + 1_000 + 100, to: 0 }]]));
  });

  it('leaves what is behind it to looks at the past, after 200 times what the last one took', () => {
    expect(lookBack.past([1], 0)).toEqual(new Map());
    lookBack.notePresent(new Map([[1, end]]), 20_000);
    lookBack.notePresent(new Map([[2, end]]), 10_000);
    const periods = lookBack.past([1, 2, 3], 20_000);
    expect(periods).toEqual(
      new Map([
        [1, { start: beginning, end: 15_000 }],
        [2, { start: beginning, end: 5_000 }],
      ]),
    );
    lookBack.notePast(new Map([[1, nothing]]), periods, { begun: 20_000, took: 1, extra: 0 });
    expect(lookBack.past([1, 2, 3], 20_200).size).toBe(0);
    expect(lookBack.past([1, 2, 3], 20_201).size).toBe(2);
  });

  it('looks at the past every 100 milliseconds at most, every second at least, and a second after a failure', () => {
    lookBack.notePresent(new Map([[1, end]]), 0);
    for (const [took, pause] of [
      [0.1, 100],
      [50, 1_000],
    ] as const) {
      lookBack.notePast(new Map(), new Map(), { begun: 10_000 - took, took, extra: 0 });
      expect(lookBack.past([1], 10_000 + pause - 1).size).toBe(0);
      expect(lookBack.past([1], 10_000 + pause).size).toBe(1);
    }
    const periods = lookBack.past([1], 11_000);
    expect(periods.get(1)?.start).toBe(beginning);
    lookBack.pastFailed(periods, 11_000);
    expect(lookBack.past([1], 11_999).size).toBe(0);
    const day = 24 * 3_600_000;
    expect(lookBack.past([1], 12_000)).toEqual(new Map([[1, { start: -5_000 - day, end: -5_000 }]]));
  });

  it('goes on from where a look at the past ended that took all it could, and from no other', () => {
    lookBack.notePresent(new Map([[1, end]]), 20_000);
    const look = { begun: 20_000, took: 1, extra: 0 };
    const periods = lookBack.past([1], 20_000);
    lookBack.notePast(new Map([[1, { dueFor: [9_000], free: 2 }]]), periods, look);
    expect(lookBack.present([1], 20_000).get(1)?.from).toBe(5_000);
    lookBack.notePast(new Map([[1, { dueFor: [9_000, 8_000], free: 2 }]]), periods, look);
    expect(lookBack.present([1], 20_000).get(1)?.from).toBe(9_000);
  });

  it('is to the beginning for a target that was gone in between', () => {
    lookBack.notePresent(new Map([[1, end]]), 1_000);
    lookBack.keep(new Set());
    expect(lookBack.present([1], 1_100)).toEqual(new Map());
  });
});
