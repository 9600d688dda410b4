import { type FieldOptions, type FieldRule, field } from './field.js';

export interface TextForm {
  /** Fewest characters (code points, as PostgreSQL and JSON Schema count them). */
  readonly min?: number;
  /** Most characters. */
  readonly max?: number;
  /** What the whole text must match; give `patternMeans` with it. */
  readonly pattern?: RegExp;
  /** The pattern in words, after "Must be": `letters and digits`. */
  readonly patternMeans?: string;
}

export interface TextOptions extends FieldOptions, TextForm {}

/** What holds for every text: PostgreSQL stores no NUL. */
export const withoutNul = String.raw`^[^\u0000]*$`;

/** A text. */
export function TextField(options: TextOptions): PropertyDecorator {
  return field(textRule(options), options);
}

export function textRule(form: TextForm): FieldRule {
  const { min = 0, max, pattern } = form;
  return {
    name: 'text',
    isValid: (value) =>
      typeof value === 'string' &&
      // PostgreSQL stores no NUL; a body that holds one is refused before.
      !value.includes('\0') &&
      hasLength(value, min, max) &&
      (pattern?.test(value) ?? true),
    sentence: textSentence(form),
    schema: {
      type: 'string',
      ...(min > 0 && { minLength: min }),
      ...(max !== undefined && { maxLength: max }),
      pattern: pattern?.source ?? withoutNul,
    },
  };
}

function hasLength(text: string, min: number, max = Infinity): boolean {
  // A code point is one or two UTF-16 units, so most texts need no counting.
  if (text.length > 2 * max) return false;
  const length = text.length >= 2 * min && text.length <= max ? text.length : Array.from(text).length;
  return length >= min && length <= max;
}

function textSentence({ min = 0, max, pattern, patternMeans }: TextForm): string {
  const length =
    max === undefined ? (min > 0 ? ` of at least ${min} characters` : '') : ` of ${min} to ${max} characters`;
  const form = pattern ? `: ${patternMeans ?? `matching ${pattern.source}`}` : '';
  return `Must be a text${length}${form}.`;
}

/** The form of a record's id. */
export const recordIdPattern = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/;

/** The id of a record: legal in a URL path as it stands. */
export function RecordIdField(options: FieldOptions): PropertyDecorator {
  return field(recordIdRule, options);
}

export const recordIdRule: FieldRule = {
  name: 'recordId',
  isValid: (value) => typeof value === 'string' && recordIdPattern.test(value),
  sentence:
    'Must be a text of 1 to 64 letters, digits and the characters . _ ~ - starting with a letter or a digit.',
  schema: { type: 'string', minLength: 1, maxLength: 64, pattern: recordIdPattern.source },
};

const maxRecordIds = 100;

/** A list of ids of records. */
export function RecordIdsField(options: FieldOptions): PropertyDecorator {
  return field(
    {
      name: 'recordIds',
      isValid: (value) =>
        Array.isArray(value) &&
        value.length > 0 &&
        value.length <= maxRecordIds &&
        value.every((id) => typeof id === 'string' && recordIdPattern.test(id)),
      sentence: `Must be a list of 1 to ${maxRecordIds} ids of records.`,
      schema: {
        type: 'array',
        minItems: 1,
        maxItems: maxRecordIds,
        items: { type: 'string', minLength: 1, maxLength: 64, pattern: recordIdPattern.source },
      },
    },
    options,
  );
}

/** The form of a web address that records hold. */
export const webAddressPattern = /^https?:\/\/\S+$/;

/** An http or https address of at most 500 characters. It is kept, never opened. */
export function WebAddressField(options: FieldOptions): PropertyDecorator {
  return TextField({
    max: 500,
    pattern: webAddressPattern,
    patternMeans: 'an http or https address',
    ...options,
  });
}
