import 'reflect-metadata';
import { OmitType, PartialType } from '@nestjs/swagger';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import {
  BooleanField,
  ChoiceField,
  CurrencyField,
  DateField,
  DecimalField,
  IntegerField,
  JsonObjectField,
  NestedField,
  RecordIdField,
  TagsField,
  TextField,
} from './index.js';

const description = 'A member.';

class Inner {
  @TextField({ description })
  text: string;
}

class Outer {
  @RecordIdField({ description })
  id: string;

  @TextField({ min: 2, max: 4, pattern: /^\S+$/, patternMeans: 'no spaces', description })
  text: string;

  @TextField({ description, nullable: true })
  note: string | null;

  @DateField({ description, optional: true })
  date?: string | null;

  @ChoiceField(['a', 'b'], { description, default: 'a' })
  choice?: string | null;

  @TagsField({ description, optional: true })
  tags?: string[] | null;

  @DecimalField({ digits: 6, scale: 2, description, optional: true })
  decimal?: string | null;

  @DecimalField({ digits: 3, scale: 0, signed: true, description, optional: true })
  signed?: string | null;

  @CurrencyField({ description, optional: true })
  currency?: string | null;

  @IntegerField({ min: 0, description, optional: true })
  integer?: number | null;

  @BooleanField({ description, optional: true })
  boolean?: boolean | null;

  @JsonObjectField({ description, optional: true })
  json?: Record<string, unknown> | null;

  @NestedField(() => Inner, { description, optional: true })
  inner?: Inner | null;
}

class Update extends PartialType(OmitType(Outer, ['id']), { skipNullProperties: false }) {}

const required = { id: '1', text: 'abc', note: null };

/** What is said of each wrong member. */
function refusals(Dto: new () => object, value: object): Record<string, unknown> {
  const errors = validateSync(plainToInstance(Dto, value), { whitelist: true, forbidNonWhitelisted: true });
  return Object.fromEntries(
    errors.map((error) => [error.property, Object.values(error.constraints ?? {})[0]]),
  );
}
const isRefused = (value: Record<string, unknown>) => Object.keys(refusals(Outer, { ...required, ...value }));

describe('field decorators', () => {
  it.each<[string, unknown[], unknown[]]>([
    ['id', ['1', 'A-b.c_d~e', 'x'.repeat(64)], ['', '-a', 'a/b', 'a:b', 'é', 'x'.repeat(65), 1, 'a\n', null]],
    ['text', ['ab', 'abcd', '😀😀😀😀'], ['a', '😀', 'abcde', '😀😀😀😀😀', 'a b', 7, null, ['ab']]],
    [
      'date',
      ['2024-02-29', '0001-01-01', '9999-12-31', '2000-02-29', null],
      [
        '2023-02-29',
        '1900-02-29',
        '0000-01-01',
        '2024-13-01',
        '2024-04-31',
        '2024-1-1',
        '2024-01-01T00:00:00Z',
        '10000-01-01',
        20240101,
      ],
    ],
    ['choice', ['a', 'b', null], ['c', 'A', '', 1, ['a'], 'toString']],
    [
      'tags',
      [[], ['a', 'b-1'], null],
      [
        'a',
        ['A'],
        ['a', 'a'],
        [''],
        [1],
        ['-a'],
        ['x'.repeat(51)],
        Array.from({ length: 31 }, (_, i) => `t${i}`),
      ],
    ],
    [
      'decimal',
      ['0', '0.5', '12.50', '9999.99', null],
      [12.5, '', '.5', '1.', '01', '-1', '1.234', '10000', '1e3', 'NaN', ' 1'],
    ],
    ['signed', ['-7', '0', '999'], ['1000', '-1000', '1.0', '+1']],
    ['currency', ['USD', 'EUR', null], ['usd', 'XYZ', 'US', 840]],
    ['integer', [0, 7, Number.MAX_SAFE_INTEGER, null], ['7', 1.5, -1, 2 ** 53, true]],
    ['boolean', [true, false, null], ['true', 0, 'yes']],
    ['json', [{}, { a: [1] }, null], [[], 'a', 1, true]],
    ['inner', [{ text: '' }, null], [[], [{ text: 'a' }], 'a', 1]],
  ])('%s takes what is right and refuses what is not', (member, right, wrong) => {
    for (const value of right)
      expect([member, value, isRefused({ [member]: value })]).toEqual([member, value, []]);
    for (const value of wrong)
      expect([member, value, isRefused({ [member]: value })]).toEqual([member, value, [member]]);
  });

  it('insists on members that are not optional, and says what would be right', () => {
    expect(refusals(Outer, {})).toEqual({
      id: 'Must be a text of 1 to 64 letters, digits and the characters . _ ~ - starting with a letter or a digit.',
      text: 'Must be a text of 2 to 4 characters: no spaces.',
      note: 'Must be a text.',
    });
  });

  it('looks into nested objects', () => {
    const [error] = validateSync(plainToInstance(Outer, { ...required, inner: { text: 1 } }));
    expect(error?.children?.[0]?.constraints).toEqual({ text: 'Must be a text.' });
  });

  it('keeps a free object as it was sent, members named like methods included', () => {
    const json = { toString: 1, hasOwnProperty: { valueOf: [2] } };
    expect(plainToInstance(Outer, { json }).json).toBe(json);
  });

  describe('in an update made by PartialType and OmitType', () => {
    it('may all be absent, and null where the member is optional', () => {
      expect(refusals(Update, {})).toEqual({});
      expect(refusals(Update, { note: null, date: null, tags: null, inner: null, choice: null })).toEqual({});
    });

    it('are refused as null where the member is required', () => {
      expect(Object.keys(refusals(Update, { text: null }))).toEqual(['text']);
    });

    it('keep their rules', () => {
      expect(Object.keys(refusals(Update, { id: '1', text: 'x', tags: ['A'], inner: 1 })).sort()).toEqual([
        'id',
        'inner',
        'tags',
        'text',
      ]);
    });
  });
});
