import { type FieldOptions, field } from './field.js';

export interface TextListOptions extends FieldOptions {
  /** Most texts. */
  readonly max: number;
  /** Most characters of a text, as the pattern has it. */
  readonly longest: number;
  /** What each text must match, all of it. */
  readonly pattern: RegExp;
  /** What each text is, after "each": `a country code such as FR`. */
  readonly each: string;
}

/** A list of different texts of one form. */
export function TextListField({
  max,
  longest,
  pattern,
  each,
  ...options
}: TextListOptions): PropertyDecorator {
  return field(
    {
      name: 'textList',
      isValid: (value) =>
        Array.isArray(value) &&
        value.length <= max &&
        value.every((text) => typeof text === 'string' && pattern.test(text)) &&
        new Set(value).size === value.length,
      sentence: `Must be a list of at most ${max} different texts, each ${each}.`,
      schema: {
        type: 'array',
        maxItems: max,
        uniqueItems: true,
        items: { type: 'string', pattern: pattern.source, maxLength: longest },
      },
    },
    options,
  );
}
