import { CurrencyField } from './choice.field.js';
import { DecimalField } from './number.field.js';

/** An amount of money, exact. */
export class MoneyDto {
  @DecimalField({
    description: 'The amount, as a text.',
    digits: 18,
    scale: 4,
    example: '149.90',
  })
  amount: string;

  @CurrencyField({ description: 'ISO 4217 code of the currency.' })
  currency: string;
}
