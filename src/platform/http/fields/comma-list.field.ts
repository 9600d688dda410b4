import { applyDecorators } from '@nestjs/common';
import { type FieldOptions, type FieldRule, field } from './field.js';
import { FromText } from './number.field.js';

export interface CommaListOptions extends FieldOptions {
  /** Most entries. */
  readonly max: number;
}

/** A list of different texts in one query parameter, separated by commas: `a,b`. No entry may hold a comma. */
export function CommaListField(entry: FieldRule, { max, ...options }: CommaListOptions): PropertyDecorator {
  const list: FieldRule = {
    name: 'commaList',
    isValid: (value) =>
      Array.isArray(value) &&
      value.length <= max &&
      value.every(entry.isValid) &&
      new Set(value).size === value.length,
    sentence: `Must be a list of at most ${max} different values separated by commas. Each ${uncapitalized(entry.sentence)}`,
    schema: {
      type: 'array',
      items: entry.schema,
      minItems: 1,
      maxItems: max,
      uniqueItems: true,
      ...commasInOneParameter,
    } as FieldRule['schema'],
  };
  return applyDecorators(
    field(list, options),
    FromText(/^/, (text) => text.split(',')),
  );
}

/** Members of an OpenAPI parameter, which those of a schema go along with. */
const commasInOneParameter: object = { style: 'form', explode: false };

const uncapitalized = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);
