import { documentExpression, identifier, literal } from './document-expression.js';

const table = (type: string, column = 'amount') => ({
  resource: 'things',
  table: 'things',
  revision: 1,
  columns: [{ member: 'amount', column, type }],
});

describe('the expression of a document', () => {
  it.each([
    ['numeric', `'"' || r."amount"::numeric::text || '"'`],
    ['numeric(12,2)', `'"' || r."amount"::numeric::text || '"'`],
    ['bigint', `'"' || r."amount"::bigint::text || '"'`],
    ['integer', `r."amount"::integer::text`],
    ['jsonb', `r."amount"::jsonb::text`],
    ['text', `to_json(r."amount")::text`],
    ['date', `to_json(r."amount")::text`],
    [
      'timestamp with time zone',
      `'"' || to_char(r."amount" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"'`,
    ],
  ])('gives %s its one form', (type, expected) => {
    expect(documentExpression(table(type))).toContain(`',"amount":'\n || coalesce(${expected}, 'null')`);
  });

  it('refuses a type that has no form, naming the column and what there is', () => {
    expect(() => documentExpression(table('double precision'))).toThrow(
      /Column things.amount has type double precision.*Use one of: text, /,
    );
  });

  it('quotes names and texts', () => {
    expect(identifier('a"b')).toBe('"a""b"');
    expect(literal(`it's`)).toBe(`'it''s'`);
    expect(documentExpression(table('text', 'or"der'))).toContain('r."or""der"');
  });
});
