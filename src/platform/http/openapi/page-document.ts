import type { OpenAPIObject } from '@nestjs/swagger';
import { problemMediaType } from '../problems/problem.js';
import { operationsOf } from './document-order.js';
import { problemExample } from './problem-schema.js';

type Operation = ReturnType<typeof operationsOf>[number]['operation'];

/** In place of the errors that operations share: one by one they would be most of the page. */
const otherErrors: NonNullable<Operation['responses'][string]> = {
  description:
    'Every other answer is a problem (RFC 9457): `code` names it, `detail` says what is wrong and what would be ' +
    'right, and `errors` point to members of the body.',
  content: {
    [problemMediaType]: {
      example: problemExample('validation-failed', 'One member is not valid; see errors.', {
        errors: [{ pointer: '/title', detail: 'Must be a text of 1 to 200 characters.' }],
      }),
    },
  },
};

/**
 * The document as the documentation page shows it. The page fills a form with the examples of parameters, so
 * those of optional ones are moved to their descriptions: a list would be read as of a day long past, and a
 * change be based on a version that is not there. Its errors are told once, not in full for each operation.
 */
export function pageDocument(document: OpenAPIObject): OpenAPIObject {
  const page = JSON.parse(JSON.stringify(document), withoutSingleAllOf) as OpenAPIObject;
  for (const { operation } of operationsOf(page)) {
    for (const parameter of operation.parameters ?? [])
      if ('in' in parameter && parameter.required !== true) describeExample(parameter);
    operation.responses = { ...ownResponses(operation), default: otherErrors };
  }
  return page;
}

/** Swagger UI fails at a schema that refers to itself within `allOf`; of one alone, OpenAPI 3.1 needs none. */
function withoutSingleAllOf(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('allOf' in value)) return value;
  const { allOf, ...rest } = value as { readonly allOf: readonly object[] };
  return allOf.length === 1 ? { ...rest, ...allOf[0] } : value;
}

/** Those that are not shared; of errors the descriptions. */
function ownResponses({ responses }: Operation): Operation['responses'] {
  return Object.fromEntries(
    Object.entries(responses).flatMap(([status, response]) => {
      if (!response || '$ref' in response) return [];
      return [[status, Number(status) < 400 ? response : { description: response.description }]];
    }),
  );
}

function describeExample(parameter: { description?: string; example?: unknown; schema?: object }): void {
  const schema: { example?: unknown } = parameter.schema ?? {};
  const example = parameter.example ?? schema.example;
  delete parameter.example;
  delete schema.example;
  if (typeof example === 'string' || typeof example === 'number')
    parameter.description = `${parameter.description ?? ''} Example: \`${example}\``;
}
