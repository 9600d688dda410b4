import type { OpenAPIObject } from '@nestjs/swagger';

/** A JSON Schema, as far as the OpenAPI document uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** Looks schemas up in a document. */
export class Schemas {
  constructor(private readonly document: OpenAPIObject) {}

  /** The schema itself, in place of a reference to it. */
  resolve(schema: Schema): Schema {
    const name = nameOf(schema);
    if (name === undefined) return schema;
    const found = this.document.components?.schemas?.[name];
    if (!found) throw new Error(`The document has no schema ${name}.`);
    return found;
  }

  /** The alternatives of a schema: itself where it has none. */
  variants(schema: Schema): readonly Schema[] {
    const resolved = this.resolve(schema);
    return (resolved.oneOf ?? resolved.anyOf ?? resolved.allOf ?? [resolved]).flatMap((variant) =>
      variant === resolved ? [variant] : this.variants(variant),
    );
  }

  /** Whether a value is of a type of the schema, or one of its values; what is within is not looked at. */
  fits(schema: Schema, value: unknown): boolean {
    return this.variants(schema).some((variant) => {
      if (variant.enum) return variant.enum.includes(value);
      return variant.type === undefined || typesOf(variant).some((type) => isOfType(type, value));
    });
  }
}

const prefix = '#/components/schemas/';

/** Name of the schema that is referred to. */
export const nameOf = ({ $ref }: Schema): string | undefined => $ref?.replace(prefix, '');

export const referenceTo = (name: string): Schema => ({ $ref: prefix + name });

/** Its types, of which `null` may be one. */
export const typesOf = ({ type }: Schema): readonly string[] => [type ?? []].flat();

/** A pattern as JSON Schema reads it. */
export const regularExpression = (pattern: string): RegExp => new RegExp(pattern, 'u');

function isOfType(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
