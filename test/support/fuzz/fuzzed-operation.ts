import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from '../../../src/platform/http/openapi/document-order.js';
import type { Schema } from './schema.js';

/** A query parameter. */
export interface Parameter {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** An operation of the document, as far as the fuzzer looks at it. */
export interface FuzzedOperation {
  /** Such as `policies.create`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly query: readonly Parameter[];
  /** Of a JSON body. */
  readonly body: Schema | undefined;
  /** The statuses that it may answer with. */
  readonly statuses: readonly string[];
}

/**
 * The operations that are asked with a token. Not those whose body is no JSON document; and not bulk requests, whose
 * operations are refused one by one within an answer that succeeds.
 */
export function fuzzedOperations(document: OpenAPIObject): FuzzedOperation[] {
  return operationsOf(document)
    .filter(({ operation }) => (operation.security?.length ?? 0) > 0)
    .filter(({ path, operation }) => !path.endsWith(':bulk') && isJson(operation.requestBody))
    .map(({ path, method, operation }) => ({
      name: operation.operationId ?? `${method} ${path}`,
      method: method.toUpperCase(),
      path,
      query: (operation.parameters ?? []).flatMap((parameter) =>
        'in' in parameter && parameter.in === 'query'
          ? [
              {
                name: parameter.name,
                schema: parameter.schema as Schema,
                required: parameter.required ?? false,
              },
            ]
          : [],
      ),
      body: bodyOf(operation.requestBody),
      statuses: Object.keys(operation.responses),
    }));
}

const isJson = (body: object | undefined): boolean => body === undefined || bodyOf(body) !== undefined;

function bodyOf(body: object | undefined): Schema | undefined {
  if (!body || !('content' in body)) return undefined;
  return (body.content as Record<string, { schema?: Schema }>)['application/json']?.schema;
}
