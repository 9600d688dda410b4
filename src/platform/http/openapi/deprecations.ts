import type { OpenAPIObject } from '@nestjs/swagger';
import { type Deprecation, deprecationExtension } from '../deprecation/deprecated.decorator.js';
import { operationsOf } from './document-order.js';

const headers = {
  Deprecation: {
    description: 'When the operation was, or will be, deprecated (RFC 9745): @ and seconds since 1970.',
    schema: { type: 'string' as const },
    example: '@1798761600',
  },
  Sunset: {
    description: 'When the operation stops answering (RFC 8594).',
    schema: { type: 'string' as const },
    example: 'Thu, 01 Jul 2027 00:00:00 GMT',
  },
};

/** Writes out what `@Deprecated` says of operations: `deprecated`, and the headers of their answers. */
export function describeDeprecations(document: OpenAPIObject): void {
  for (const { operation } of operationsOf(document)) {
    const { [deprecationExtension]: deprecation, ...rest } = operation as typeof operation & {
      [deprecationExtension]?: Deprecation;
    };
    if (deprecation === undefined) continue;
    delete (operation as typeof rest & { [deprecationExtension]?: Deprecation })[deprecationExtension];
    operation.deprecated = true;
    for (const response of Object.values(operation.responses))
      if (response && !('$ref' in response))
        response.headers = {
          ...response.headers,
          Deprecation: headers.Deprecation,
          ...(deprecation.sunset !== undefined && { Sunset: headers.Sunset }),
        };
  }
}
