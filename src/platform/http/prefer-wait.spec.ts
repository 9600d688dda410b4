import { preferredWait } from './prefer-wait.js';

describe('Prefer: wait', () => {
  it.each([
    ['wait=5', 5],
    ['WAIT = "7"', 7],
    ['respond-async, wait=10', 10],
    ['return=minimal; foo="a, wait=3", wait=4;bar', 4],
    ['wait=2, wait=9', 2],
    ['wait=0', 1],
    ['wait=3600', 30],
    [`wait=${'9'.repeat(400)}`, 30],
  ])('%s waits', (header, seconds) => {
    expect(preferredWait(header)).toBe(seconds);
  });

  it.each([
    '',
    'respond-async',
    'wait',
    'wait=',
    'wait=-1',
    'wait=1.5',
    'wait=soon',
    'x="wait=5',
    'foo="wait=5"',
  ])('%s does not wait', (header) => {
    expect(preferredWait(header)).toBeUndefined();
  });

  it('takes time in proportion to the length of the header', () => {
    const start = performance.now();
    preferredWait(`a${' \t'.repeat(100_000)}"`);
    preferredWait(`${'a;'.repeat(100_000)}"`);
    preferredWait(`x="${String.raw`\\`.repeat(100_000)}`);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
