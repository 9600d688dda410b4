import { TargetThrottle } from './target-throttle.js';

describe('the throttle of a target', () => {
  let throttle: TargetThrottle;

  beforeEach(() => {
    throttle = new TargetThrottle(16);
  });

  /** Claims so many records and tells which had their turn. */
  const enter = async (count: number): Promise<number[]> => {
    const turns: number[] = [];
    throttle.take(count);
    for (let n = 0; n < count; n += 1) void throttle.turn().then(() => turns.push(n));
    await settled();
    return turns;
  };
  const settled = async (): Promise<void> => {
    await Promise.resolve();
    await Promise.resolve();
  };

  it('gives as many records their turn at once as are configured, and the next as each is done', async () => {
    const turns = await enter(20);
    expect(turns).toHaveLength(16);
    throttle.leave();
    await settled();
    expect(turns).toHaveLength(17);
  });

  it('has records claimed ahead, and claims again when half of them are done', async () => {
    expect(throttle.free()).toBe(64);
    await enter(64);
    for (let n = 0; n < 31; n += 1) throttle.leave();
    expect(throttle.free()).toBe(0);
    throttle.leave();
    expect(throttle.free()).toBe(32);
  });

  it('starts slowly after it was narrowed', () => {
    throttle.narrow();
    const free = [throttle.free()];
    for (let n = 0; n < 5; n += 1) {
      throttle.widen();
      free.push(throttle.free());
    }
    expect(free).toEqual([1, 2, 4, 8, 64, 64]);
  });

  it('follows a new configuration, up at once and down as records are done', async () => {
    const turns = await enter(20);
    throttle.resize(18);
    await settled();
    expect(turns).toHaveLength(18);
    throttle.resize(1);
    for (let n = 0; n < 17; n += 1) throttle.leave();
    await settled();
    expect(turns).toHaveLength(18);
    throttle.leave();
    await settled();
    expect(turns).toHaveLength(19);
  });

  it('lets records with many versions keep a quarter of the places while others wait, and all while none do', async () => {
    await enter(16);
    expect(Array.from({ length: 16 }, () => throttle.stay())).not.toContain(false);
    for (let n = 0; n < 16; n += 1) throttle.stayed();
    await enter(1);
    expect(Array.from({ length: 5 }, () => throttle.stay())).toEqual([true, true, true, true, false]);
    throttle.stayed();
    expect(throttle.stay()).toBe(true);
  });
});
