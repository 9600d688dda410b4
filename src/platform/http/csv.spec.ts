import { csvLine } from './csv.js';

describe('csvLine', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\nx', '＝1＋1', '＠SUM(A1)'])(
    'keeps %j from being a formula',
    (text) => {
      expect(csvLine([text]).replaceAll('"', '')).toBe(`'${text}\r\n`);
    },
  );

  it('quotes what would break a line or a cell, and nothing else', () => {
    expect(csvLine(['a,b', 'say "x"', 'two\nlines', 'plain', 7, null, ''])).toBe(
      '"a,b","say ""x""","two\nlines",plain,7,,\r\n',
    );
  });

  it('leaves alone what only holds such characters', () => {
    expect(csvLine(['a=b', 'x-y', -1])).toBe('a=b,x-y,-1\r\n');
  });
});
