import type { INestApplication, Type } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { describeDeprecations } from './deprecations.js';
import { addErrorResponses } from './error-responses.js';
import { inStableOrder, operationsOf } from './document-order.js';
import { withExamples } from './examples.js';
import { describeMergePatches } from './merge-patch-schemas.js';
import { problemSchema } from './problem-schema.js';
import { closeRequestBodies, withoutDtoSuffix } from './schemas.js';
import { type Webhook, webhookPaths } from './webhooks.js';

export interface ApiDescription {
  readonly title: string;
  /** Markdown. */
  readonly description: string;
  /** Version of the API, as in package.json. */
  readonly version: string;
  readonly license?: { readonly name: string; /** SPDX, or `LicenseRef-…`. */ readonly identifier: string };
  readonly tags?: readonly { readonly name: string; readonly description: string }[];
  readonly webhooks?: readonly Webhook[];
  /** Classes that only webhooks refer to. */
  readonly extraModels?: readonly Type<unknown>[];
}

/** Whoever serves the document serves the API, to the public. */
const serverHere = { url: '/', 'x-internal': false };

/**
 * The OpenAPI 3.1 document of an application, made from its controllers and DTOs. It is the same for the
 * same code, byte for byte, so that a committed copy can be compared.
 *
 * Operations are named `policies.list` after controller and method. Those with a security requirement
 * (`@RequireScope`) get the answers 401 and 403, all others are marked as public.
 */
export function describeApi(app: INestApplication, api: ApiDescription): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, baseOf(api), {
    operationIdFactory: operationId,
    autoTagControllers: false,
    extraModels: [...(api.extraModels ?? [])],
  });
  if (api.license) document.info.license = api.license;
  document.servers = [serverHere];
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problemSchema },
  };
  for (const { operation } of operationsOf(document)) operation.security ??= [];
  addErrorResponses(document);
  describeDeprecations(document);
  if (api.webhooks) document.webhooks = webhookPaths(api.webhooks);
  closeRequestBodies(document);
  return inStableOrder(withExamples(describeMergePatches(withoutDtoSuffix(document))));
}

function baseOf({ title, description, version, tags = [] }: ApiDescription) {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(title)
    .setDescription(description)
    .setVersion(version)
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description:
          'The token of your agency’s issuer, checked as RFC8725 asks: algorithm, issuer, audience and expiry.',
      },
      'bearer',
    );
  for (const tag of tags) builder.addTag(tag.name, tag.description);
  return builder.build();
}

function operationId(controller: string, method: string): string {
  const resource = controller.replace(/Controller$/, '');
  return `${resource.charAt(0).toLowerCase()}${resource.slice(1)}.${method}`;
}
