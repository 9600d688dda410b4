import {
  ChoiceField,
  CurrencyField,
  DateField,
  DecimalField,
  TextField,
} from '../../platform/http/fields/index.js';
import type { MemberProblem } from '../../platform/http/problems/problem.error.js';
import { type Price, type PriceType, priceTypes } from '../market-item-parts.js';

const amount = { digits: 18, scale: 4 };

/** What an item costs. */
export class PriceDto implements Price {
  @ChoiceField(priceTypes, {
    description:
      'fixed has an amount, range has min and max, both have a currency; free and quote have none.',
    example: 'fixed',
    default: 'fixed',
  })
  type: PriceType = 'fixed';

  @DecimalField({ ...amount, description: 'The amount, as a text.', example: '149.90', optional: true })
  amount?: string | null;

  @DecimalField({ ...amount, description: 'The least amount.', example: '90.00', optional: true })
  min?: string | null;

  @DecimalField({ ...amount, description: 'The largest amount.', example: '140.00', optional: true })
  max?: string | null;

  @CurrencyField({ description: 'ISO 4217 code of the currency.', optional: true })
  currency?: string | null;

  @TextField({ description: 'What it is for.', min: 1, max: 50, example: 'per visit', optional: true })
  unit?: string | null;

  @DateField({ description: 'First day of the price.', example: '2026-01-01', optional: true })
  validFrom?: string | null;

  @DateField({
    description: 'First day on which it is no longer the price.',
    example: '2027-01-01',
    optional: true,
  })
  validTo?: string | null;
}

const members: Readonly<Record<PriceType, readonly string[]>> = {
  free: [],
  quote: [],
  fixed: ['amount', 'currency'],
  range: ['min', 'max', 'currency'],
};

/** What of a price does not fit its type, or is the wrong way round. */
export function priceProblems(price: Record<string, unknown>): readonly MemberProblem[] {
  const { type, min, max, validFrom, validTo } = price;
  const known = priceTypes.find((each) => each === type);
  if (!known) return [{ pointer: '/type', detail: `Must be one of ${priceTypes.join(', ')}.` }];
  const problems = ['amount', 'min', 'max', 'currency'].flatMap((member) => {
    const isThere = price[member] !== undefined && price[member] !== null;
    if (isThere === members[known].includes(member)) return [];
    const detail = isThere
      ? `Must not stand in a price of type ${known}.`
      : `Is missing: a price of type ${known} has one.`;
    return [{ pointer: `/${member}`, detail }];
  });
  if (typeof min === 'string' && typeof max === 'string' && isLess(max, min))
    problems.push({ pointer: '/max', detail: 'Must not be less than min.' });
  if (typeof validFrom === 'string' && typeof validTo === 'string' && validTo <= validFrom)
    problems.push({ pointer: '/validTo', detail: 'Must be a later day than validFrom.' });
  return problems;
}

/** Compares decimal texts exactly: the whole parts by length and digits, then the fractions. */
function isLess(left: string, right: string): boolean {
  const [wholeLeft = '', fractionLeft = ''] = left.split('.');
  const [wholeRight = '', fractionRight = ''] = right.split('.');
  if (wholeLeft.length !== wholeRight.length) return wholeLeft.length < wholeRight.length;
  return `${wholeLeft}.${fractionLeft.padEnd(4, '0')}` < `${wholeRight}.${fractionRight.padEnd(4, '0')}`;
}
