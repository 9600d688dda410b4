import { createRequire } from 'node:module';
import type { INestApplication } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { describeApi } from './platform/http/openapi/describe-api.js';
import type { Webhook } from './platform/http/openapi/webhooks.js';
import type { Resource } from './platform/records/resource.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const actions = {
  created: 'was made',
  updated: 'was changed',
  deleted: 'was deleted',
  restored: 'was restored',
} as const;

/** The OpenAPI document of the service, as it is served and committed. */
export function describeService(app: INestApplication, resources: readonly Resource[]): OpenAPIObject {
  return describeApi(app, {
    title: 'HMS',
    description:
      'Benefit policies (HMS-API) and marketplace items (HMS-MKT). Every change makes a version, is recorded, ' +
      'and is sent to the external systems that are configured, in order and without loss.',
    version,
    license: { name: 'All rights reserved', identifier: 'LicenseRef-HMS' },
    tags: [
      ...resources.map(({ name, description }) => ({ name, description })),
      { name: 'sync', description: 'The external systems that changes are sent to.' },
      { name: 'audit', description: 'Who did what, when and from where.' },
      { name: 'health', description: 'For orchestrators.' },
      { name: 'metrics', description: 'For Prometheus.' },
    ],
    webhooks: resources.flatMap(webhooksOf),
    extraModels: resources.flatMap(({ document, payload }) => [
      document,
      ...(payload ? [payload.document] : []),
    ]),
  });
}

function webhooksOf({ name, type, document, payload }: Resource): Webhook[] {
  return Object.entries(actions).map(([action, happened]) => ({
    name: `${type}.${action}`,
    summary: `One of the ${name} ${happened}`,
    schema: (payload?.document ?? document).name,
    tag: name,
    resource: name,
  }));
}
