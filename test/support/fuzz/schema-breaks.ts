import { pointer } from '../../../src/platform/http/json-pointer.js';
import { regularExpression, type Schema, type Schemas, typesOf } from './schema.js';

/** A value with one thing wrong. */
export interface Break {
  /** JSON Pointer to what is wrong. */
  readonly pointer: string;
  /** What is wrong, in a few words. */
  readonly what: string;
  readonly value: unknown;
}

type Put = (value: unknown) => unknown;

/** Of every type one, and none that is sensible. */
const others: readonly unknown[] = [null, true, 7.5, 'none of these', [], {}];
/** A text that UTF-8 cannot hold. */
export const halfCharacter = 'a\ud800b';
const unknownMember = 'not/known~here';

/** Finds all the ways in which a valid value can be made invalid in one place. */
export class SchemaBreaks {
  constructor(private readonly schemas: Schemas) {}

  of(schema: Schema, value: unknown): Break[] {
    return this.within(schema, value, '', (broken) => broken);
  }

  private within(schema: Schema, value: unknown, where: string, put: Put): Break[] {
    const variant = this.schemas.variants(schema).find((each) => this.schemas.fits(each, value));
    const breaks: Break[] = others
      .filter((other) => !this.schemas.fits(schema, other))
      .map((other) => ({ pointer: where, what: `is ${JSON.stringify(other)}`, value: put(other) }));
    if (variant === undefined) return breaks;
    const note = (what: string, broken: unknown, at = where) =>
      breaks.push({ pointer: at, what, value: put(broken) });
    if (typeof value === 'string') this.texts(variant, note);
    else if (typeof value === 'number') numbers(variant, note);
    else if (Array.isArray(value)) breaks.push(...this.lists(variant, value, where, put));
    else if (typeof value === 'object' && value !== null)
      breaks.push(...this.objects(variant, value as Record<string, unknown>, where, put));
    return breaks;
  }

  private texts(schema: Schema, note: (what: string, value: unknown) => void): void {
    note('holds NUL', 'a\0b');
    note('holds half a character', halfCharacter);
    if (schema.enum) return note('is none of the values', 'none of these');
    if (schema.minLength) note('is too short', 'A'.repeat(schema.minLength - 1));
    if (schema.maxLength !== undefined) note('is too long', 'a'.repeat(schema.maxLength + 1));
    if (schema.format === 'date')
      for (const day of ['2025-02-30', '2025-1-1', '0000-01-01']) note('is no day', day);
    if (schema.format === 'date-time') note('is no instant', '2025-02-30T00:00:00Z');
    const { pattern } = schema;
    const other = pattern && ['\u0001', ' - ', 'ß§'].find((text) => !regularExpression(pattern).test(text));
    if (other) note('has another form', other);
  }

  private lists(schema: Schema, list: readonly unknown[], where: string, put: Put): Break[] {
    const { items = {}, minItems = 0, maxItems } = schema;
    const breaks = list.flatMap((item, index) =>
      this.within(items, item, pointer(where, index), (broken) => put(list.with(index, broken))),
    );
    const note = (what: string, value: unknown) => breaks.push({ pointer: where, what, value: put(value) });
    if (minItems > 0) note('has too few entries', list.slice(0, minItems - 1));
    if (list.length === 0) return breaks;
    if (schema.uniqueItems) note('has an entry twice', [...list, list[0]]);
    if (maxItems !== undefined)
      note(
        'has too many entries',
        Array.from({ length: maxItems + 1 }, () => list[0]),
      );
    return breaks;
  }

  private objects(schema: Schema, object: Record<string, unknown>, where: string, put: Put): Break[] {
    const { properties = {}, required = [], additionalProperties, propertyNames, maxProperties } = schema;
    const breaks = Object.entries(object).flatMap(([name, value]) => {
      const member =
        properties[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
      if (member === undefined) return [];
      return this.within(member, value, pointer(where, name), (broken) => put({ ...object, [name]: broken }));
    });
    for (const name of required) {
      const { [name]: _missing, ...rest } = object;
      breaks.push({ pointer: pointer(where, name), what: 'is missing', value: put(rest) });
    }
    const add = (name: string) =>
      breaks.push({
        pointer: pointer(where, name),
        what: 'is not known',
        value: put({ ...object, [name]: 1 }),
      });
    if (additionalProperties === undefined || additionalProperties === false) add(unknownMember);
    else if (propertyNames) add('ß not a name');
    if (maxProperties !== undefined) {
      const members = Array.from({ length: maxProperties + 1 }, (_, index) => [
        `a${index}`,
        Object.values(object)[0] ?? 1,
      ]);
      breaks.push({ pointer: where, what: 'has too many members', value: put(Object.fromEntries(members)) });
    }
    return breaks;
  }
}

function numbers(schema: Schema, note: (what: string, value: unknown) => void): void {
  if (typesOf(schema).includes('integer')) note('is no whole number', 1.5);
  if (schema.minimum !== undefined) note('is too small', schema.minimum - 1);
  if (schema.maximum !== undefined) note('is too large', schema.maximum + 1);
}
