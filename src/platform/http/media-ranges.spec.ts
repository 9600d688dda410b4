import { acceptsOneOf, mediaTypeOf } from './media-ranges.js';

describe('acceptsOneOf', () => {
  it.each([
    '*/*',
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/*;q=0.1',
    'text/html, */*;q=0.8',
    'text/html,application/json;q=0.001',
    'application/json;q=0.5, */*;q=0',
    'text/csv;q=0, application/json ; q=1.000',
    'nonsense',
    '',
  ])('takes JSON where the header is %j', (header) => {
    expect(acceptsOneOf(header, ['application/json'])).toBe(true);
  });

  it.each([
    'text/html',
    'application/json;q=0',
    'application/json; q=0.000',
    'application/*;q=0, */*',
    'application/json;q=0, application/*',
    'text/*, application/xml',
    '*/*;q=0',
  ])('takes no JSON where the header is %j', (header) => {
    expect(acceptsOneOf(header, ['application/json'])).toBe(false);
  });

  it('takes any one of several types', () => {
    expect(acceptsOneOf('text/csv', ['application/x-ndjson', 'text/csv'])).toBe(true);
    expect(acceptsOneOf('text/plain', ['application/x-ndjson', 'text/csv'])).toBe(false);
  });
});

describe('mediaTypeOf', () => {
  it('leaves the parameters out', () => {
    expect(mediaTypeOf('Application/JSON ; charset=utf-8')).toBe('application/json');
    expect(mediaTypeOf('text/csv')).toBe('text/csv');
  });
});
