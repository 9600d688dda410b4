import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from './document-order.js';

const reference = '#/components/schemas/';

/** The document with schemas named after what they describe: `Policy`, where the class is `PolicyDto`. */
export function withoutDtoSuffix(document: OpenAPIObject): OpenAPIObject {
  const text = JSON.stringify(document).replaceAll(
    new RegExp(`"(${reference})?([A-Z][A-Za-z]*)Dto"(?=[,:}])`, 'g'),
    (_match, prefix: string | undefined, name: string) => `"${prefix ?? ''}${name}"`,
  );
  return JSON.parse(text) as OpenAPIObject;
}

/** Says in the schemas of request bodies what the service does: members that it does not know are refused. */
export function closeRequestBodies(document: OpenAPIObject): void {
  for (const { operation } of operationsOf(document)) {
    const body = operation.requestBody;
    if (!body || '$ref' in body) continue;
    for (const { schema } of Object.values(body.content)) {
      if (!schema || !('$ref' in schema)) continue;
      const closed = document.components?.schemas?.[schema.$ref.slice(reference.length)];
      if (closed && !('$ref' in closed)) closed.additionalProperties = false;
    }
  }
}
