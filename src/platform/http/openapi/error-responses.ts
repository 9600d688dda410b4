import type { OpenAPIObject } from '@nestjs/swagger';
import type { ProblemCode } from '../problems/problem-catalogue.js';
import { type ProblemBody, problemMediaType } from '../problems/problem.js';
import { requestIdHeader } from '../request-id.js';
import { operationsOf } from './document-order.js';
import { problemExample } from './problem-schema.js';

type Described = ReturnType<typeof operationsOf>[number];
type Response = Extract<Described['operation']['responses'][string], { description: string }>;

/** The headers of every answer. */
const sharedHeaders = {
  [requestIdHeader]: { $ref: '#/components/headers/RequestId' },
  'Cache-Control': { $ref: '#/components/headers/CacheControl' },
};
const rateLimitRefs = {
  RateLimit: { $ref: '#/components/headers/RateLimit' },
  'RateLimit-Policy': { $ref: '#/components/headers/RateLimitPolicy' },
};

/** Tells a client how to authenticate. */
const challenge = {
  'WWW-Authenticate': {
    schema: { type: 'string', pattern: '^Bearer( .*)?$', maxLength: 1000 },
    description: 'How to authenticate (RFC 6750).',
    example: 'Bearer error="invalid_token"',
  },
} as const;

interface ErrorResponse {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly ProblemBody[];
  readonly headers?: Response['headers'];
}

const example = (code: ProblemCode, detail: string, extras?: Partial<ProblemBody>) =>
  problemExample(code, detail, extras);

/** The error answers that operations share, by status. */
const errorResponses = {
  '400': {
    name: 'BadRequest',
    description: 'The request cannot be read, or a parameter is unknown or has a value it cannot have.',
    examples: [
      example('malformed-request', 'The body is not valid JSON (position 17).'),
      example('invalid-parameter', 'limit: Must be a whole number from 1 to 100.'),
      example('unknown-parameter', 'The parameter "sort-by" is not known here.'),
    ],
  },
  '401': {
    name: 'Unauthenticated',
    description: 'No token, or one that is not valid.',
    examples: [example('unauthenticated', 'The token has expired.')],
    headers: challenge,
  },
  '403': {
    name: 'InsufficientScope',
    description: 'The token lacks the scope of this operation.',
    examples: [example('insufficient-scope', 'This needs the scope policies:write.')],
    headers: challenge,
  },
  '404': {
    name: 'NotFound',
    description: 'There is no such record in your agency.',
    examples: [example('not-found', 'There is no policy with the id 123.')],
  },
  '406': {
    name: 'NotAcceptable',
    description: 'The request accepts no media type that the operation answers with.',
    examples: [example('not-acceptable', 'The answer is only there as application/json.')],
  },
  '408': {
    name: 'RequestTimeout',
    description: 'The request took too long to arrive.',
    examples: [example('request-timeout', 'The request took too long to arrive; send it again.')],
  },
  '413': {
    name: 'BodyTooLarge',
    description: 'The body is larger than 1 MiB.',
    examples: [example('body-too-large', 'The body has more than 1048576 bytes; send less at once.')],
  },
  '415': {
    name: 'UnsupportedMediaType',
    description: 'The body is of a type that is not read here, or compressed.',
    examples: [example('unsupported-media-type', 'Send the body as application/json.')],
    headers: Object.fromEntries(
      ['Accept-Patch', 'Accept-Post', 'Accept'].map((name) => [
        name,
        { schema: { type: 'string' as const }, description: 'The media types that are read, by the method.' },
      ]),
    ),
  },
  '422': {
    name: 'ValidationFailed',
    description: 'Members of the body are wrong, unknown or read-only.',
    examples: [
      example('validation-failed', 'One member is not valid; see errors.', {
        errors: [{ pointer: '/title', detail: 'Must be a text of 1 to 200 characters.' }],
      }),
    ],
  },
  '429': {
    name: 'RateLimited',
    description: 'Too many requests; send it again after `Retry-After` seconds.',
    examples: [example('rate-limited', '6000 requests in 60 seconds are allowed; try again in 17.')],
    headers: {
      'Retry-After': { schema: { type: 'integer' }, description: 'Seconds to wait.' },
    },
  },
  '500': {
    name: 'Internal',
    description: 'Something went wrong on our side.',
    examples: [example('internal', 'Something went wrong on our side; the request id finds it in our log.')],
  },
  '503': {
    name: 'Unavailable',
    description: 'Not right now; send the request again after `Retry-After` seconds.',
    examples: [example('unavailable', 'The database cannot do this right now; send the request again.')],
    headers: {
      'Retry-After': {
        schema: { type: 'integer', minimum: 1, maximum: 3600 },
        description: 'Seconds to wait.',
        example: 1,
      },
    },
  },
} as const satisfies Record<string, ErrorResponse>;

type ErrorStatus = keyof typeof errorResponses;

/** What an error that a controller declares is like, where it does not say so itself. */
const usualExamples: Readonly<Record<string, readonly ProblemBody[]>> = {
  ...Object.fromEntries(Object.entries(errorResponses).map(([status, { examples }]) => [status, examples])),
  '409': [
    example('not-unique', 'Another record has a value that only one may have.', {
      errors: [{ pointer: '/code', detail: 'Another policy has this code.' }],
    }),
  ],
  '410': [example('removed', 'Version 2 was removed under a retention rule.')],
  '412': [
    example(
      'precondition-failed',
      'The policy is at no version that the request accepts; read it again and apply the change to what it is now.',
    ),
  ],
};

/**
 * Adds to every operation the error answers that apply to it, and the request id to all its answers.
 * Errors that a controller declares itself keep their description and get the problem's schema and an example.
 */
export function addErrorResponses(document: OpenAPIObject): void {
  const shared = Object.values(errorResponses).map(
    (response) => [response.name, toResponse(response)] as const,
  );
  document.components = {
    ...document.components,
    responses: { ...document.components?.responses, ...Object.fromEntries(shared) },
    headers: {
      ...document.components?.headers,
      RequestId: {
        description: 'Id of the request: its own X-Request-Id, or one that we made.',
        required: true,
        schema: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,64}$', maxLength: 64 },
        example: '0b9d4c1e-6f3a-4a57-9a3e-2f1c7d5e8b60',
      },
      CacheControl: {
        description: 'How long the answer may be kept (RFC 9111).',
        schema: { type: 'string', pattern: '^[a-z0-9=, -]+$', maxLength: 100 },
        example: 'private, no-cache',
      },
      RateLimit: {
        description:
          'Requests that are left (r), and seconds until there are as many as at first (t); absent where none are counted.',
        schema: { type: 'string', maxLength: 100 },
        example: '"caller";r=5999;t=60',
      },
      RateLimitPolicy: {
        description: 'Requests that are allowed (q) in so many seconds (w).',
        schema: { type: 'string', maxLength: 100 },
        example: '"caller";q=6000;w=60',
      },
    },
  };
  for (const described of operationsOf(document)) {
    const { operation } = described;
    for (const [status, response] of Object.entries(operation.responses))
      complete(status, response as Response, operation);
    for (const status of applicable(described))
      operation.responses[status] ??= { $ref: `#/components/responses/${errorResponses[status].name}` };
  }
}

function applicable({ path, method, operation }: Described): ErrorStatus[] {
  // Every operation refuses parameters that it does not know.
  const statuses: ErrorStatus[] = ['400', '500', '503'];
  if (operation.security?.length) statuses.push('401', '403', '429');
  if (answersWithBody(operation)) statuses.push('406');
  if (path.includes('{')) statuses.push('404');
  // A body is read, and refused, also where an operation takes none.
  if (method !== 'get') statuses.push('408', '413', '415', '422');
  return statuses;
}

function answersWithBody({ responses }: Described['operation']): boolean {
  return Object.entries(responses).some(
    ([status, response]) => status.startsWith('2') && response !== undefined && 'content' in response,
  );
}

function complete(status: string, response: Response, { security }: Described['operation']): void {
  const unauthorized = status === '401' || status === '403';
  response.headers = {
    ...sharedHeaders,
    ...(security?.length && rateLimitRefs),
    ...(unauthorized && challenge),
    ...response.headers,
  };
  if (Number(status) >= 400) response.content ??= problemContent(usualExamples[status]);
}

function toResponse({ description, examples, headers }: ErrorResponse): Response {
  return {
    description,
    headers: { ...sharedHeaders, ...rateLimitRefs, ...headers },
    content: problemContent(examples),
  };
}

/** The content of an error answer, with examples by their codes. */
export function problemContent(examples: readonly ProblemBody[] = []): NonNullable<Response['content']> {
  return {
    [problemMediaType]: {
      schema: { $ref: '#/components/schemas/Problem' },
      ...(examples.length > 0 && {
        examples: Object.fromEntries(examples.map((value) => [value.code, { value }])),
      }),
    },
  };
}
