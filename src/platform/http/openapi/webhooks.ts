import type { OpenAPIObject } from '@nestjs/swagger';

type Webhooks = NonNullable<OpenAPIObject['webhooks']>;
type Parameter = {
  name: string;
  in: 'header';
  required: boolean;
  description: string;
  schema: object;
  example: string | number;
};

/** One kind of message that the service sends to external systems. */
export interface Webhook {
  /** Its name, as in `ce-type` without the prefix: `policy.updated`. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  /** Name of the schema of `data` in `components.schemas`. */
  readonly schema: string;
  readonly tag?: string;
  /** Plural name of the resource, as in the source of its messages. */
  readonly resource: string;
}

/** The `webhooks` part of the OpenAPI document: a POST for each kind of message. */
export function webhookPaths(webhooks: readonly Webhook[]): Webhooks {
  return Object.fromEntries(webhooks.map((webhook) => [webhook.name, { post: operationOf(webhook) }]));
}

function operationOf({
  name,
  summary,
  description,
  schema,
  tag,
  resource,
}: Webhook): NonNullable<Webhooks[string]['post']> {
  return {
    operationId: `webhooks.${name}`,
    summary,
    ...(description && { description }),
    ...(tag && { tags: [tag] }),
    security: [],
    parameters: headersOf(name, resource),
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['id', 'data'],
            properties: {
              id: {
                type: 'string',
                description: 'Id of the record, unique within its agency.',
                example: '123',
              },
              data: dataOf(name, schema),
            },
          },
        },
      },
    },
    responses: {
      '2XX': { description: 'The message has been kept. Only the status counts; the body is not read.' },
      '4XX': {
        description:
          'Tried again; after 8 refusals of a record it waits for an administrator, with its newer versions.',
      },
      '5XX': { description: 'Tried again later, in order, until it succeeds.' },
    },
  };
}

/** The record as it is after the change. */
function dataOf(name: string, schema: string): object {
  const record = { $ref: `#/components/schemas/${schema}` };
  if (name.endsWith('.deleted'))
    return { allOf: [record, { properties: { deleted: { type: 'boolean', const: true } } }] };
  if (name.endsWith('.created'))
    return { allOf: [record, { properties: { version: { type: 'integer', example: 1 } } }] };
  return record;
}

function headersOf(name: string, resource: string): Parameter[] {
  const id = `${resource}_Zk3vYJ0b2Wd1sQm8uRtE4A_v6`;
  const text = { type: 'string' };
  const header = (
    header: string,
    description: string,
    example: string | number,
    schema: object = text,
  ): Parameter => ({
    name: header,
    in: 'header',
    required: !['traceparent', 'hms-resync'].includes(header),
    description,
    schema,
    example,
  });
  return [
    header('webhook-id', 'Id of the message: the same whenever it is sent again.', id),
    header('webhook-timestamp', 'When this attempt was made, in seconds since 1970.', 1751286896, {
      type: 'integer',
    }),
    header(
      'webhook-signature',
      'HMAC-SHA256 over `id.timestamp.body` (Standard Webhooks); several are separated by spaces.',
      'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
    ),
    header('ce-specversion', 'Version of CloudEvents.', '1.0'),
    header('ce-id', 'The same as webhook-id.', id),
    header('ce-type', 'Kind of message.', `gov.hms.${name}`),
    header('ce-source', 'Names the agency whose record it is.', `/agencies/hhs/${resource}`),
    header('ce-subject', 'Id of the record.', '123'),
    header('ce-time', 'When the change was made.', '2025-06-30T12:34:56.789012Z', {
      type: 'string',
      format: 'date-time',
    }),
    header('ce-sequence', 'Version of the record.', '6'),
    header('traceparent', 'W3C trace context.', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
    header(
      'hms-resync',
      'The message counts whatever version the receiver has: it brings it in line.',
      'true',
    ),
  ];
}
