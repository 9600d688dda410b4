import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { documentPath, docsPath } from '../../../src/platform/http/openapi/serve-docs.js';
import { securityHeaders } from '../../../src/platform/http/security-headers.js';
import { ApiDocument, type ResponseObject, type Schema } from './api-document.js';

/** An answer of the service, as it went over the wire. */
export interface SentResponse {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded; empty where there was none. */
  readonly body: string;
}

/** Headers that HTTP itself defines for every message, and those that every answer carries. */
const undescribed = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
  'vary',
  ...Object.keys(securityHeaders('/')).map((name) => name.toLowerCase()),
]);

const problem: ResponseObject = {
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** The service answers these itself; they are no operations. */
const outside = [docsPath, documentPath];

/**
 * Holds answers against the OpenAPI document: the status, every header, the media type and the body must be
 * in it. Members that a schema does not name count as undocumented, though clients must put up with them.
 */
export class ResponseCheck {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
  private readonly validators = new Map<Schema, ValidateFunction>();

  constructor(private readonly document: ApiDocument) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(closed({ components: document.content.components }), 'openapi');
  }

  /** What of an answer is not in the document; empty where all of it is. */
  violations(sent: SentResponse): string[] {
    const { method, url, status } = sent;
    if (method === 'OPTIONS' || outside.some((path) => url.startsWith(path))) return [];
    const operation = this.document.operation(method, url);
    if (!operation) return this.refusal(sent);
    const response = this.document.response(operation, status);
    if (!response) return [`the status ${status} is not documented for ${operation.operationId}`];
    return [...this.headers(sent, response), ...this.body(sent, response)];
  }

  /** What is no operation can only be refused, with a problem. */
  private refusal(sent: SentResponse): string[] {
    if (sent.status < 400) return [`the document has no such operation, yet it is answered`];
    return this.body(sent, problem);
  }

  private headers(sent: SentResponse, { headers = {} }: ResponseObject): string[] {
    const described = new Map(
      Object.entries(headers).map(([name, header]) => [name.toLowerCase(), this.document.resolved(header)]),
    );
    const missing = [...described]
      .filter(([name, { required }]) => required && sent.headers[name] === undefined)
      .map(([name]) => `the header ${name} is missing`);
    const wrong = Object.entries(sent.headers).flatMap(([name, text]) => {
      if (undescribed.has(name)) return [];
      const header = described.get(name);
      if (!header) return [`the header ${name} is not documented`];
      const value = header.schema['type'] === 'integer' ? Number(text) : text;
      return this.mismatches(header.schema, value, `the header ${name}`);
    });
    return [...missing, ...wrong];
  }

  private body(sent: SentResponse, { content = {} }: ResponseObject): string[] {
    const type = sent.headers['content-type']?.replace(/;.*$/s, '');
    if (sent.body === '' && (sent.method === 'HEAD' || Object.keys(content).length === 0)) return [];
    const described = type === undefined ? undefined : content[type];
    if (!described) return [`a body of the type ${type ?? 'none'} is not documented`];
    if (!described.schema || !/[/+]json$/.test(type ?? '')) return [];
    return this.mismatches(described.schema, JSON.parse(sent.body), 'the body');
  }

  private mismatches(schema: Schema, value: unknown, what: string): string[] {
    const validate = this.validators.get(schema) ?? this.ajv.compile(absolute(closed(schema)));
    this.validators.set(schema, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${what}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }
}

/** A copy whose objects have no members but those that they name. */
function closed(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) =>
    isOpenObject(value) ? { ...value, additionalProperties: false } : value,
  ) as Schema;
}

function isOpenObject(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && 'properties' in value && !('additionalProperties' in value)
  );
}

/** A copy whose references lead into the document from wherever it is compiled. */
function absolute(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as Schema;
}
