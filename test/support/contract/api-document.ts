import { readFileSync } from 'node:fs';
import { toApiUrl } from '../../../src/platform/http/api-path.js';

/** A JSON Schema, or part of one. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Header {
  readonly required?: boolean;
  readonly schema: Schema;
}

/** What the document says of one answer. */
export interface ResponseObject {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, Header & { readonly $ref?: string }>>;
  readonly content?: Readonly<Record<string, { readonly schema?: Schema; readonly example?: unknown }>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface RequestBody {
  readonly content: Readonly<Record<string, RequestMedia>>;
}

export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: RequestBody;
  readonly security: readonly unknown[];
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface RequestMedia {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** A request as the examples of an operation have it. */
export interface ExampleRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  readonly mediaType?: string;
  readonly body?: unknown;
}

interface Route {
  readonly pattern: RegExp;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** The committed OpenAPI document, as tests look things up in it. */
export class ApiDocument {
  private readonly routes: readonly Route[];

  constructor(readonly content: OpenApi) {
    // A literal segment wins over a parameter, as in the router: paths with fewer parameters come first.
    this.routes = Object.entries(content.paths)
      .toSorted(([a], [b]) => a.split('{').length - b.split('{').length)
      .map(([path, operations]) => ({ pattern: patternOf(path), operations }));
  }

  static read(file = 'openapi.json'): ApiDocument {
    return new ApiDocument(JSON.parse(readFileSync(file, 'utf8')) as OpenApi);
  }

  /** A document that is not committed. */
  static of(document: object): ApiDocument {
    return new ApiDocument(document as OpenApi);
  }

  /** The operation that a request is for; HEAD is answered as GET without a body. */
  operation(method: string, url: string): Operation | undefined {
    const path = toApiUrl(url).replace(/[?#].*$/s, '');
    const name = method === 'HEAD' ? 'get' : method.toLowerCase();
    return this.routes.find(({ pattern, operations }) => pattern.test(path) && operations[name])?.operations[
      name
    ];
  }

  /** Every operation, with a request to it that is made of the document's examples. */
  requests(): ExampleRequest[] {
    return Object.entries(this.content.paths).flatMap(([template, operations]) =>
      Object.entries(operations).map(([method, operation]) => exampleRequest(template, method, operation)),
    );
  }

  /** What an operation says of an answer with this status; exact numbers come before ranges like `4XX`. */
  response({ responses }: Operation, status: number): ResponseObject | undefined {
    const found = responses[status] ?? responses[`${String(status).charAt(0)}XX`];
    return found && this.resolved(found);
  }

  /** A component in place of a reference to it. */
  resolved<T extends { readonly $ref?: string }>(object: T): T {
    const [, kind = '', name = ''] = /^#\/components\/([^/]+)\/(.+)$/.exec(object.$ref ?? '') ?? [];
    return object.$ref === undefined ? object : (this.content.components[kind]?.[name] as T);
  }
}

function patternOf(path: string): RegExp {
  const literal = path.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
}

function exampleRequest(template: string, method: string, operation: Operation): ExampleRequest {
  const parameters = operation.parameters ?? [];
  const path = template.replaceAll(/\{([^}]+)\}/g, (_match, name: string) =>
    String(
      parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.schema['example'],
    ),
  );
  const required = parameters.filter((parameter) => parameter.in === 'query' && parameter.required);
  const query = new URLSearchParams(
    required.map(({ name, schema }): [string, string] => [name, String(schema['example'])]),
  );
  const [media] = Object.entries(operation.requestBody?.content ?? {});
  return {
    operation,
    method: method.toUpperCase(),
    path: query.size > 0 ? `${path}?${query.toString()}` : path,
    ...(media && { mediaType: media[0], body: exampleOf(media[1]) }),
  };
}

/** The example of a body, or the first of several. */
function exampleOf({ example, examples = {} }: RequestMedia): unknown {
  return example ?? Object.values(examples)[0]?.value;
}
