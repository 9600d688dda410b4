import { messageOf } from './error-details.js';

describe('the message of what was thrown', () => {
  it('is that of the error', () => {
    expect(messageOf(new Error('no'))).toBe('no');
    expect(messageOf('no')).toBe('no');
  });

  it('is that of each address, where a connection was tried to several', () => {
    const error = new AggregateError([
      new Error('connect ECONNREFUSED ::1:5432'),
      new Error('connect ECONNREFUSED 127.0.0.1:5432'),
    ]);
    expect(messageOf(error)).toBe('connect ECONNREFUSED ::1:5432; connect ECONNREFUSED 127.0.0.1:5432');
  });
});
