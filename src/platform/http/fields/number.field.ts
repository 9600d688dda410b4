import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { type FieldOptions, field } from './field.js';

export interface IntegerOptions extends FieldOptions {
  readonly min?: number;
  readonly max?: number;
  /** Takes the number from its text, for query parameters; bodies send JSON numbers. */
  readonly fromText?: boolean;
}

/** A whole number within ± 2^53 - 1. */
export function IntegerField(options: IntegerOptions): PropertyDecorator {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  const integer = field(
    {
      name: 'integer',
      isValid: (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
      sentence: integerSentence(options),
      schema: {
        type: 'integer',
        format: min >= -(2 ** 31) && max < 2 ** 31 ? 'int32' : 'int64',
        minimum: min,
        maximum: max,
      },
    },
    options,
  );
  return options.fromText ? applyDecorators(integer, FromText(/^-?\d{1,16}$/, Number)) : integer;
}

function integerSentence({ min, max }: IntegerOptions): string {
  if (min !== undefined && max !== undefined) return `Must be a whole number from ${min} to ${max}.`;
  if (min !== undefined) return `Must be a whole number of at least ${min}.`;
  return max === undefined ? 'Must be a whole number.' : `Must be a whole number of at most ${max}.`;
}

export interface BooleanOptions extends FieldOptions {
  /** Takes the value from its text, for query parameters; bodies send JSON's true and false. */
  readonly fromText?: boolean;
}

/** True or false. */
export function BooleanField(options: BooleanOptions): PropertyDecorator {
  const boolean = field(
    {
      name: 'boolean',
      isValid: (value) => typeof value === 'boolean',
      sentence: 'Must be true or false.',
      schema: { type: 'boolean' },
    },
    options,
  );
  if (!options.fromText) return boolean;
  return applyDecorators(
    boolean,
    FromText(/^(true|false)$/, (text) => text === 'true'),
  );
}

/** Reads a text of a given form; any other value stays, and is refused by the field's rule. */
export function FromText(form: RegExp, read: (text: string) => unknown): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && form.test(value) ? read(value) : value,
  );
}

export interface DecimalOptions extends FieldOptions {
  /** Most digits, those after the point included. */
  readonly digits: number;
  /** Most digits after the point. */
  readonly scale: number;
  /** Takes numbers below zero. */
  readonly signed?: boolean;
}

/** An exact decimal number, sent as a text so that no JSON parser rounds it. */
export function DecimalField(options: DecimalOptions): PropertyDecorator {
  const { digits, scale, signed = false } = options;
  const whole = digits - scale;
  const fraction = scale > 0 ? `(\\.\\d{1,${scale}})?` : '';
  const pattern = new RegExp(`^${signed ? '-?' : ''}(0|[1-9]\\d{0,${whole - 1}})${fraction}$`);
  return field(
    {
      name: 'decimal',
      isValid: (value) => typeof value === 'string' && pattern.test(value),
      sentence:
        `Must be a decimal number as a text, such as "12.50": ${signed ? '' : 'zero or more, '}` +
        `at most ${whole} digits before the point and ${scale} after it.`,
      schema: { type: 'string', pattern: pattern.source, maxLength: digits + 1 + Number(signed) },
    },
    { example: '12.50', ...options },
  );
}
