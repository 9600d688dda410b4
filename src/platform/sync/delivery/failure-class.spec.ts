import { failureClass } from './failure-class.js';

describe('what a failed attempt says', () => {
  it.each([
    ['record', [400, 402, 406, 409, 412, 413, 415, 422, 451]],
    ['misconfigured', [301, 307, 401, 403, 404, 405, 407]],
    ['gone', [410]],
    ['passing', [101, 408, 425, 429, 500, 502, 503, 504, 599]],
  ])('is %s for the answers %p', (expected, statuses) => {
    for (const status of statuses)
      expect([status, failureClass(status, `HTTP ${status}`)]).toEqual([status, expected]);
  });

  it('tells an address that must not be used from a target that gives no answer', () => {
    expect(failureClass(null, 'address not allowed')).toBe('misconfigured');
    expect(failureClass(null, 'connection refused')).toBe('passing');
  });
});
