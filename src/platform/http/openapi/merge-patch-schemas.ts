import type { OpenAPIObject } from '@nestjs/swagger';
import { mergePatchType } from '../merge-patch.js';
import { operationsOf } from './document-order.js';

/** A JSON Schema, as far as it is looked into here. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly [keyword: string]: unknown;
}

const prefix = '#/components/schemas/';

/**
 * Gives the bodies that are merge patches schemas of their own: `PolicyPatch`, where the members are those of
 * `UpdatePolicy`. In what an object of a patch holds nothing is required, and null removes a member.
 */
export function describeMergePatches(document: OpenAPIObject): OpenAPIObject {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  const patches = new PatchSchemas(schemas);
  for (const { operation } of operationsOf(document)) {
    const body = operation.requestBody;
    if (!body || '$ref' in body || !(mergePatchType in body.content)) continue;
    for (const media of Object.values(body.content)) {
      const reference = (media.schema as Schema | undefined)?.$ref;
      if (reference) media.schema = { $ref: patches.ofRecord(reference) };
    }
  }
  return document;
}

class PatchSchemas {
  constructor(private readonly schemas: Record<string, Schema>) {}

  /** The members of a record itself keep what they are: there, null sets a member back. */
  ofRecord(reference: string): string {
    return this.derived(reference, (member) => this.merged(member));
  }

  /** The patch of a schema that other schemas refer to, which may be itself. */
  private derived(reference: string, memberOf: (member: Schema) => Schema): string {
    const name = reference.slice(prefix.length);
    const patch = `${name.replace(/^Update/, '')}Patch`;
    const { required: _, properties = {}, ...schema } = this.schemas[name] ?? {};
    if (!(patch in this.schemas)) {
      this.schemas[patch] = {};
      const members = Object.entries(properties).map(([member, each]) => [member, memberOf(each)]);
      this.schemas[patch] = {
        ...schema,
        properties: Object.fromEntries(members) as Record<string, Schema>,
        additionalProperties: false,
      };
    }
    return prefix + patch;
  }

  /** What merges into a value of the schema: of an object a part, of anything else another value. */
  private merged(schema: Schema): Schema {
    const {
      $ref,
      anyOf,
      allOf,
      additionalProperties: values,
      maxProperties: _,
      default: _fallback,
      ...others
    } = schema;
    if ($ref) return { ...others, $ref: this.derived($ref, (member) => nullable(this.merged(member))) };
    if (anyOf) return { ...others, anyOf: anyOf.map((each) => this.merged(each)) };
    if (allOf) return { ...others, allOf: allOf.map((each) => this.merged(each)) };
    if (values === undefined) return others;
    return {
      ...others,
      additionalProperties: typeof values === 'object' ? nullable(this.merged(values)) : values,
    };
  }
}

function nullable(schema: Schema): Schema {
  const { type, anyOf } = schema;
  if (anyOf) return anyOf.some(isNull) ? schema : { ...schema, anyOf: [...anyOf, { type: 'null' }] };
  if (type === undefined) return { anyOf: [schema, { type: 'null' }] };
  if (isNull(schema)) return schema;
  return {
    ...schema,
    type: [...[type].flat(), 'null'],
    ...(schema.enum && { enum: [...schema.enum, null] }),
  };
}

const isNull = ({ type }: Schema): boolean => type !== undefined && [type].flat().includes('null');
