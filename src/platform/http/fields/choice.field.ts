import { isISO4217CurrencyCode } from 'class-validator';
import { type FieldOptions, type FieldRule, field } from './field.js';

/** One of a closed list of texts. */
export function ChoiceField(values: readonly string[], options: FieldOptions): PropertyDecorator {
  return field(choiceRule(values), options);
}

export function choiceRule(values: readonly string[]): FieldRule {
  const allowed = new Set<unknown>(values);
  return {
    name: 'choice',
    isValid: (value) => allowed.has(value),
    sentence: `Must be one of ${values.join(', ')}.`,
    schema: { type: 'string', enum: [...values] },
  };
}

/** A currency by its ISO 4217 code, in upper case. */
export function CurrencyField(options: FieldOptions): PropertyDecorator {
  return field(
    {
      name: 'currency',
      // The library's check takes lower case too; stored codes must have one spelling.
      isValid: (value) =>
        typeof value === 'string' && /^[A-Z]{3}$/.test(value) && isISO4217CurrencyCode(value),
      sentence: 'Must be an ISO 4217 currency code in upper case, such as USD.',
      schema: { type: 'string', minLength: 3, maxLength: 3, pattern: '^[A-Z]{3}$' },
    },
    { example: 'USD', ...options },
  );
}

const tagPattern = /^[a-z0-9][a-z0-9-]{0,49}$/;
const maxTags = 30;

/** A list of different tags: at most 30, each of lower-case letters, digits and hyphens. */
export function TagsField(options: FieldOptions): PropertyDecorator {
  return field(
    {
      name: 'tags',
      isValid: (value) =>
        Array.isArray(value) &&
        value.length <= maxTags &&
        value.every((tag) => typeof tag === 'string' && tagPattern.test(tag)) &&
        new Set(value).size === value.length,
      sentence:
        'Must be a list of at most 30 different tags, each of 1 to 50 lower-case letters, digits and hyphens, ' +
        'starting with a letter or a digit.',
      schema: {
        type: 'array',
        maxItems: maxTags,
        uniqueItems: true,
        items: { type: 'string', minLength: 1, maxLength: 50, pattern: tagPattern.source },
      },
    },
    options,
  );
}
