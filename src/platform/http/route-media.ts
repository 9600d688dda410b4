import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from './openapi/document-order.js';

/** The media types of one operation, in lower case and without parameters. */
export interface OperationMedia {
  /** Of bodies that it reads; none: it reads no body. */
  readonly reads: readonly string[];
  /** Of answers to requests that succeed; none: they have no body. */
  readonly writes: readonly string[];
}

/** What operations read and answer, as the OpenAPI document says it: what is described is what holds. */
export class RouteMedia {
  private readonly byRoute: ReadonlyMap<string, OperationMedia>;
  private readonly paths: readonly { readonly form: RegExp; readonly route: string }[];

  /** @param document undefined: nothing is known of any route */
  constructor(document?: OpenAPIObject) {
    const operations = document ? operationsOf(document) : [];
    this.byRoute = new Map(
      operations.map(({ path, method, operation }) => [
        `${method.toUpperCase()} ${routeOf(path)}`,
        { reads: typesOf([operation.requestBody]), writes: typesOf(successes(operation.responses)) },
      ]),
    );
    this.paths = [...new Set(operations.map(({ path }) => path))].map((path) => ({
      form: formOf(path),
      route: routeOf(path),
    }));
  }

  /** @param route as the router writes it, such as `/api/policies/:id` */
  of(method: string, route: string): OperationMedia | undefined {
    return this.byRoute.get(`${method === 'HEAD' ? 'GET' : method} ${route}`);
  }

  /** What a method reads at a path; none where the path has no such method. */
  readAt(method: string, path: string): readonly string[] {
    for (const { form, route } of this.paths) {
      const media = form.test(path) ? this.of(method, route) : undefined;
      if (media) return media.reads;
    }
    return [];
  }
}

type Response = ReturnType<typeof operationsOf>[number]['operation']['responses'][string];

function successes(responses: Readonly<Record<string, Response>>): Response[] {
  return Object.entries(responses).flatMap(([status, response]) =>
    status.startsWith('2') && response ? [response] : [],
  );
}

function typesOf(bodies: readonly (object | undefined)[]): string[] {
  return bodies.flatMap((body) => (body && 'content' in body ? Object.keys(body.content as object) : []));
}

/** The router's form of a path of the document: parameters with a colon in front, and other colons doubled. */
function routeOf(path: string): string {
  return path.replaceAll(':', '::').replaceAll(/\{(\w+)\}/g, ':$1');
}

function formOf(path: string): RegExp {
  const parts = path.split(/\{\w+\}/).map((part) => part.replaceAll(/[^\w/]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}
