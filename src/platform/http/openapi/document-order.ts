import type { OpenAPIObject } from '@nestjs/swagger';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

/** Every operation of a document, with its method and the path it is at. */
export function operationsOf(
  document: OpenAPIObject,
): { path: string; method: (typeof methods)[number]; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ path, method, operation }] : [];
    }),
  );
}

/** The document with paths, components and answers sorted by name. Modules may then be listed in any order. */
export function inStableOrder(document: OpenAPIObject): OpenAPIObject {
  for (const { operation } of operationsOf(document)) operation.responses = sorted(operation.responses);
  const components = Object.entries(sorted(document.components ?? {})).map(
    ([kind, entries]) => [kind, sorted(entries as Record<string, unknown>)] as const,
  );
  const { openapi, info, servers, tags, paths, webhooks, ...rest } = document;
  return {
    openapi,
    info,
    ...(servers && { servers }),
    ...(tags && { tags }),
    ...rest,
    paths: sorted(paths),
    ...(webhooks && { webhooks: sorted(webhooks) }),
    components: Object.fromEntries(components),
  };
}

function sorted<T extends object>(object: T): T {
  const entries = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries) as T;
}
