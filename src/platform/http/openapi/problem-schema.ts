import type { OpenAPIObject } from '@nestjs/swagger';
import { type ProblemCode, problemCatalogue } from '../problems/problem-catalogue.js';
import { type ProblemBody, problemType } from '../problems/problem.js';

type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

/** The schema of every error answer. */
export const problemSchema: Schema = {
  type: 'object',
  description: 'Problem details (RFC 9457). Branch on `code`; the texts may change.',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'Names the kind of problem.' },
    title: { type: 'string', description: 'What the kind of problem is, in general.' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What is wrong here, and what would be right.' },
    instance: { type: 'string', description: 'The path of the request.' },
    code: { type: 'string', enum: Object.keys(problemCatalogue), description: 'Stable name of the problem.' },
    requestId: { type: 'string', description: 'Finds the request in our log.' },
    errors: {
      type: 'array',
      description: 'The members of the body that are wrong.',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON Pointer (RFC 6901) to the member.' },
          detail: { type: 'string' },
          code: {
            type: 'string',
            enum: Object.keys(problemCatalogue),
            description: 'The problem that it would be on its own, where one answer is about several.',
          },
        },
      },
    },
  },
};

/** An example of the answer to a problem. */
export function problemExample(
  code: ProblemCode,
  detail: string,
  extras: Partial<ProblemBody> = {},
): ProblemBody {
  const { status, title } = problemCatalogue[code];
  return {
    type: problemType(code),
    title,
    status,
    detail,
    instance: '/api/policies/123',
    code,
    requestId: '0b9d4c1e-6f3a-4a57-9a3e-2f1c7d5e8b60',
    ...extras,
  };
}
