import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from './document-order.js';

/** A JSON Schema, as far as it is looked into here. */
interface Schema {
  readonly $ref?: string;
  readonly example?: unknown;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly minimum?: number;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: unknown;
}

type Content = Readonly<Record<string, Media>>;

const prefix = '#/components/schemas/';

/**
 * Gives each JSON body of a request, an answer or a webhook a whole example, made of those of its members, so
 * that readers, stubs and generated tests all show the same. One that is given stays.
 */
export function withExamples(document: OpenAPIObject): OpenAPIObject {
  const examples = new Examples(document.components?.schemas ?? {});
  const operations = [
    ...operationsOf(document).map(({ operation }) => operation),
    ...Object.values(document.webhooks ?? {}).flatMap((hook) => ('post' in hook && hook.post) || []),
  ];
  for (const { requestBody, responses } of operations) {
    complete(contentOf(requestBody), (schema) => examples.ofRequest(schema));
    for (const response of Object.values(responses))
      complete(contentOf(response), (schema) => examples.of(schema));
  }
  return document;
}

function contentOf(described: object | undefined): Content {
  return described && 'content' in described ? (described.content as Content) : {};
}

function complete(content: Content, exampleOf: (schema: Schema) => unknown): void {
  for (const [type, media] of Object.entries(content)) {
    if (!/^application\/json|^application\/merge-patch/.test(type) || !media.schema) continue;
    if ('example' in media || 'examples' in media || 'example' in media.schema) continue;
    media.example = exampleOf(media.schema);
  }
}

class Examples {
  constructor(private readonly schemas: Readonly<Record<string, Schema>>) {}

  /** Where a body may hold any of its members, one is enough: the description, or the first. */
  ofRequest(schema: Schema): unknown {
    const { properties = {}, required = [] } = this.resolved(schema);
    const [first] = Object.keys(properties);
    if (required.length > 0 || first === undefined) return this.of(schema);
    const shown = 'description' in properties ? 'description' : first;
    return { [shown]: this.of(properties[shown] ?? {}) };
  }

  /** @param within names of the schemas that are being written out: one that holds itself is left out there */
  of(schema: Schema, within: readonly string[] = []): unknown {
    if (schema.example !== undefined) return schema.example;
    if (schema.$ref) {
      const name = schema.$ref.slice(prefix.length);
      return within.includes(name) ? undefined : this.of(this.resolved(schema), [...within, name]);
    }
    const alternatives = schema.anyOf ?? schema.oneOf;
    if (alternatives) return this.of(alternatives[0] ?? {}, within);
    if (schema.allOf)
      return Object.assign({}, ...schema.allOf.map((part) => this.of(part, within))) as unknown;
    if (schema.const !== undefined) return schema.const;
    if (schema.default !== undefined) return schema.default;
    if (schema.enum) return schema.enum[0];
    return this.ofType(schema, within);
  }

  private ofType(schema: Schema, within: readonly string[]): unknown {
    const [type] = [schema.type].flat();
    if (type === 'array') return [this.of(schema.items ?? {}, within)].filter((item) => item !== undefined);
    if (type === 'object' || schema.properties) {
      const members = Object.entries(schema.properties ?? {});
      return Object.fromEntries(members.map(([name, member]) => [name, this.of(member, within)]));
    }
    if (type === 'integer' || type === 'number') return Math.max(schema.minimum ?? 1, 1);
    return type === 'boolean' ? false : undefined;
  }

  private resolved(schema: Schema): Schema {
    return schema.$ref ? (this.schemas[schema.$ref.slice(prefix.length)] ?? {}) : schema;
  }
}
