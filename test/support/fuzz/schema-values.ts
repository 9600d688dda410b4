import fc from 'fast-check';
import { nameOf, referenceTo, regularExpression, type Schema, type Schemas, typesOf } from './schema.js';

/** What a schema cannot say: makes the values of the schema with a name into ones that hold it. */
export type Exceptions = Readonly<
  Record<
    string,
    (
      values: () => fc.Arbitrary<unknown>,
      of: (name: string) => fc.Arbitrary<unknown>,
    ) => fc.Arbitrary<unknown>
  >
>;

/** Most entries that are made of a list or map: more say nothing more. */
const most = 4;
const anyText = (constraints: fc.StringConstraints = {}) =>
  fc.string({ unit: 'binary', ...constraints }).filter((text) => !text.includes('\0'));

/** Makes values that a schema allows. */
export class SchemaValues {
  constructor(
    private readonly schemas: Schemas,
    private readonly exceptions: Exceptions,
  ) {}

  of(schema: Schema): fc.Arbitrary<unknown> {
    const values = () => this.plain(this.schemas.resolve(schema));
    const exception = this.exceptions[nameOf(schema) ?? ''];
    return exception ? exception(values, (name) => this.of(referenceTo(name))) : values();
  }

  private plain(schema: Schema): fc.Arbitrary<unknown> {
    const variants = schema.oneOf ?? schema.anyOf ?? schema.allOf;
    if (variants) return fc.oneof(...variants.map((variant) => this.of(variant)));
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const types = typesOf(schema);
    if (types.length === 0) return anyJson;
    return fc.oneof(
      ...types.map((type) => ({ arbitrary: this.ofType(type, schema), weight: type === 'null' ? 1 : 4 })),
    );
  }

  private ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
    switch (type) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return integers(schema);
      case 'number':
        return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true });
      case 'array':
        return this.lists(schema);
      case 'object':
        return this.objects(schema);
      default:
        return texts(schema);
    }
  }

  private lists({ items = {}, minItems = 0, maxItems = most, uniqueItems }: Schema): fc.Arbitrary<unknown> {
    const bounds = { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, most)) };
    return uniqueItems ? fc.uniqueArray(this.of(items), bounds) : fc.array(this.of(items), bounds);
  }

  private objects(schema: Schema): fc.Arbitrary<unknown> {
    const { properties, required = [], additionalProperties } = schema;
    if (properties)
      return fc.record(
        Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, this.of(member)])),
        { requiredKeys: [...required], noNullPrototype: true },
      );
    const members = typeof additionalProperties === 'object' ? this.of(additionalProperties) : anyJson;
    const names = schema.propertyNames
      ? texts(schema.propertyNames)
      : fc.stringMatching(/^[a-z][A-Za-z0-9]{0,20}$/);
    return fc.dictionary(names.filter(isOrdinary), members, {
      minKeys: schema.minProperties ?? 0,
      maxKeys: Math.min(schema.maxProperties ?? most, most),
      noNullPrototype: true,
    });
  }
}

function integers({ minimum, maximum }: Schema): fc.Arbitrary<number> {
  return fc.maxSafeInteger().map((value) => {
    const [least, most] = [minimum ?? Number.MIN_SAFE_INTEGER, maximum ?? Number.MAX_SAFE_INTEGER];
    return value >= least && value <= most ? value : least + (Math.abs(value) % (most - least + 1));
  });
}

function texts({ format, pattern, minLength = 0, maxLength = 1000 }: Schema): fc.Arbitrary<string> {
  if (format === 'date') return dates;
  if (format === 'date-time') return instants;
  if (pattern === undefined)
    return fc.oneof(
      { arbitrary: anyText({ minLength, maxLength: Math.min(maxLength, minLength + 20) }), weight: 4 },
      // As long as may be: characters of one to four bytes.
      fc.constantFrom('a', 'ß', '€', '😀').map((character) => character.repeat(maxLength)),
    );
  return textsLike(pattern).filter((text) => text.length >= minLength && text.length <= maxLength);
}

/** A class of characters is narrowed to ASCII where fast-check does not know it. */
function textsLike(pattern: string): fc.Arbitrary<string> {
  const known = pattern
    .replaceAll(String.raw`\P{Cc}`, '[ -~]')
    .replaceAll(/\[\^\\s@\]/g, '[!-?A-~]')
    .replaceAll(String.raw`\S`, '[!-~]');
  return fc.stringMatching(new RegExp(known)).filter((text) => regularExpression(pattern).test(text));
}

const isOrdinary = (name: unknown) => !['constructor', 'prototype', '__proto__'].includes(String(name));

/** JSON without what the service refuses of any body: names that reach a prototype, NUL. */
const anyJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      anyText({ maxLength: 20 }),
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(anyText({ maxLength: 10 }).filter(isOrdinary), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value;

/** Days of the whole calendar that is taken, written as a day. */
export const dates = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

const instants = fc
  .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('2199-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());
