import { addressKey } from './rate-limiter.js';
import { RequestCounter } from './request-counter.js';

describe('RequestCounter', () => {
  it('counts each key in windows that begin with its first request', () => {
    let now = 0;
    const counter = new RequestCounter({ requests: 2, window: 10 }, () => now);
    expect(counter.count('a')).toEqual({ left: 1, seconds: 10 });
    now = 9_100;
    expect(counter.count('a')).toEqual({ left: 0, seconds: 1 });
    expect(counter.count('b')).toEqual({ left: 1, seconds: 10 });
    now = 9_999;
    expect(counter.count('a')).toEqual({ left: -1, seconds: 1 });
    now = 10_000;
    expect(counter.count('a')).toEqual({ left: 1, seconds: 10 });
    expect(counter.count('b').left).toBe(0);
  });

  it('keeps no more keys than it may, and of those the latest', () => {
    const counter = new RequestCounter({ requests: 10, window: 10 }, () => 0);
    for (let key = 0; key < 20_001; key += 1) counter.count(String(key));
    expect(counter.count('1').left).toBe(8);
    expect(counter.count('0').left).toBe(9);
  });
});

describe('addressKey', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::1', '2001:db8:1:2'],
    ['::1', '0:0:0:0'],
  ])('of %s is %s', (ip, key) => {
    expect(addressKey({ ip })).toBe(key);
  });
});
