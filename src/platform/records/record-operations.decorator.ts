import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
} from '@nestjs/swagger';
import { idempotencyKeyText } from '../http/idempotency-key.js';
import { mergePatchType } from '../http/merge-patch.js';
import { ApiProblem } from '../http/openapi/api-problem.decorator.js';
import { problemExample } from '../http/openapi/problem-schema.js';
import type { ProblemBody } from '../http/problems/problem.js';
import { TakesValidateOnly } from '../http/validate-only.js';
import { changeReasonText, headerText } from '../http/openapi/parameter-schemas.js';
import { linkHeader } from '../http/paging/page-link.js';

/** A header of an answer, as OpenAPI describes it. */
interface Header {
  readonly description: string;
  readonly schema: { readonly type: 'string'; readonly enum?: string[] };
  readonly example?: string;
}

const etag = {
  description: 'Identifies this version, for If-None-Match and If-Match.',
  schema: { type: 'string' as const },
  example: '"2.1"',
};
/** Documents the id of a record in the path. */
export const ApiRecordId = ApiParam({
  name: 'id',
  description: 'Id of the record.',
  schema: {
    type: 'string',
    minLength: 1,
    maxLength: 64,
    pattern: '^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$',
    example: '123',
  },
});
const ifMatch = ApiHeader({
  name: 'If-Match',
  description: 'Entity tag of the version that the change is based on; another version is answered with 412.',
  required: false,
  schema: headerText,
  example: '"2.1"',
});
/** Documents why a change is made. */
export const changeReason = ApiHeader({
  name: 'Change-Reason',
  description: 'Why the change is made; kept with the version.',
  required: false,
  schema: changeReasonText,
});
const prefer = ApiHeader({
  name: 'Prefer',
  description:
    'wait=N (RFC 7240): answer when every external system has the change, after N seconds at the latest (1 to ' +
    '30). The change is committed in any case.',
  required: false,
  schema: headerText,
  example: 'wait=5',
});
/** Documents the name that a client gives to its request. */
export const idempotencyKey = ApiHeader({
  name: 'Idempotency-Key',
  description:
    'Name of the request, made by the client, such as a UUID. The same request under the same key, from the same caller and ' +
    'within 24 hours, is carried out once: sent again, it gets the answer of the first time.',
  required: false,
  schema: idempotencyKeyText,
  example: '8e03978e-40d5-43e8-bc93-6894a57f9324',
});
/** Documents what a POST is refused with while another one with its key is under way. */
export const keyConflict = (description: string, ...examples: readonly ProblemBody[]): MethodDecorator =>
  ApiProblem(
    409,
    description,
    [
      ...examples,
      problemExample('idempotency-in-progress', 'A request with this Idempotency-Key is under way.'),
    ],
    { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } },
  );
/** What a POST may be refused with for its key, and for what it holds. */
const keyProblems = (conflict: string, ...examples: readonly ProblemBody[]): MethodDecorator =>
  applyDecorators(
    keyConflict(
      `${conflict} Or a request with the same Idempotency-Key is under way; then there is a Retry-After.`,
      ...examples,
    ),
    ApiProblem(
      422,
      'Members of the body are wrong or unknown, or the Idempotency-Key was used for another request.',
      [
        problemExample('validation-failed', 'One member is not valid; see errors.', {
          errors: [{ pointer: '/title', detail: 'Must be a text of 1 to 200 characters.' }],
        }),
        problemExample('idempotency-mismatch', 'This Idempotency-Key was used for another request.'),
      ],
    ),
  );
/** The header of an answer that was kept. */
export const replayed: Readonly<Record<string, Header>> = {
  'Idempotency-Replayed': {
    description: 'true: this is the answer that the first request with the Idempotency-Key got.',
    schema: { type: 'string', enum: ['true'] },
  },
};
/** The header of an answer that says what would be. */
export const validatedOnly: Readonly<Record<string, Header>> = {
  'Validate-Only': {
    description: 'true: this is what would be; nothing was stored. Such an answer has no ETag.',
    schema: { type: 'string', enum: ['true'] },
  },
};
/** The headers of the answer to a change whose client asked to wait. */
export const waited: Readonly<Record<string, Header>> = {
  'Preference-Applied': {
    description: 'With Prefer: wait: the seconds that were granted.',
    schema: { type: 'string' },
    example: 'wait=5',
  },
  'Sync-Status': {
    description:
      'With Prefer: wait: delivered, pending, held or none (no system gets these records), as an item of RFC ' +
      '9651; its parameters count the systems that get the record (targets), those that have this version ' +
      '(delivered), and those for which the record is held (held).',
    schema: { type: 'string' },
    example: 'pending;targets=2;delivered=1',
  },
};
/** Documents the headers of a request that changes several records. */
export const ApiChangeHeaders = applyDecorators(changeReason, prefer);
/** The header of a read of the past. */
export const provisional = {
  description:
    'With asOf: true where a transaction that is still open, or the future, may change this answer.',
  schema: { type: 'string' as const, enum: ['true'] },
  example: 'true',
};
const removed = ApiResponse({
  status: 410,
  description: 'What it was then has been removed under a retention rule.',
});
const preconditionFailed = ApiResponse({ status: 412, description: 'The record has another version.' });

/**
 * Documents a read of one record, which takes `asOf`.
 *
 * @param headers those that the resource computes
 */
export const ApiGetRecord = (
  summary: string,
  document: Type,
  headers: Readonly<Record<string, Header>> = {},
): MethodDecorator => readOf(summary, document, { ETag: etag, Provisional: provisional, ...headers });

/** Documents a read of one version of a record. */
export const ApiGetVersion = (summary: string, document: Type): MethodDecorator =>
  readOf(summary, document, { ETag: etag });

const readOf = (
  summary: string,
  document: Type,
  headers: Readonly<Record<string, Header>>,
): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiRecordId,
    ApiHeader({
      name: 'If-None-Match',
      description: 'Entity tag that the client has; if it is the current one the answer is 304.',
      required: false,
      schema: headerText,
    }),
    ApiOkResponse({ type: document, description: 'The record.', headers }),
    ApiResponse({ status: 304, description: 'The client has the current version.', headers }),
    removed,
  );

/** Documents a list. */
export const ApiListRecords = (summary: string, page: Type): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiOkResponse({
      type: page,
      description: 'A page of records.',
      headers: {
        ...linkHeader,
        Provisional: provisional,
      },
    }),
    removed,
  );

/** Documents a creation. */
export const ApiCreateRecord = (summary: string, document: Type): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary }),
    idempotencyKey,
    changeReason,
    prefer,
    TakesValidateOnly,
    ApiOkResponse({
      type: document,
      description: 'With validateOnly: what the record would be.',
      headers: { ...validatedOnly },
    }),
    ApiCreatedResponse({
      type: document,
      description: 'The record was made.',
      headers: {
        ETag: etag,
        Location: { description: 'Path of the record.', schema: { type: 'string' } },
        ...replayed,
        ...waited,
      },
    }),
    keyProblems(
      'The id is taken, by a living or a deleted record; or another one has a value that only one may have.',
      problemExample('already-exists', 'A policy with the id 123 exists; change it with PUT.'),
    ),
  );

/** Documents a change by PUT. */
export const ApiUpdateRecord = (summary: string, body: Type, document: Type): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      summary,
      description: `${changes} an object or list that is named is replaced whole. ${changesAlike}`,
    }),
    ApiBody({ type: body }),
    changeOf(document, {}),
  );

/** Documents a change by PATCH. */
export const ApiPatchRecord = (summary: string, body: Type, document: Type): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      summary,
      description:
        `A JSON Merge Patch (RFC 7396). ${changes} an object that is named is merged into the stored one, where null ` +
        `removes a member; a list is replaced whole. The result is validated, not the patch. ${changesAlike}`,
    }),
    ApiConsumes(mergePatchType, 'application/json'),
    ApiBody({ type: body }),
    changeOf(document, { ETag: etag }),
  );

const changes = 'Members that are absent keep their value; null sets an optional one back;';
const changesAlike =
  'Read-only members are accepted as they were read; a version in the body is a precondition like If-Match. The ' +
  'same content again makes no new version.';

/** What the changes of a record have in common. */
const changeOf = (document: Type, headers: Readonly<Record<string, Header>>): MethodDecorator =>
  applyDecorators(
    ApiRecordId,
    ifMatch,
    changeReason,
    prefer,
    TakesValidateOnly,
    ApiOkResponse({
      type: document,
      description: 'The record as it is now.',
      headers: { ...headers, ...waited, ...validatedOnly },
    }),
    ApiResponse({ status: 409, description: 'Another record has a value that only one may have.' }),
    preconditionFailed,
  );

/** Documents a `POST` that changes a record in a way of its own. */
export const ApiChangeRecord = (
  summary: string,
  document: Type,
  texts: { readonly description: string; readonly conflict: string },
): MethodDecorator =>
  applyDecorators(
    HttpCode(200),
    ApiOperation({ summary, description: texts.description }),
    ApiRecordId,
    ifMatch,
    idempotencyKey,
    changeReason,
    prefer,
    TakesValidateOnly,
    ApiOkResponse({
      type: document,
      description: 'The record as it is now.',
      headers: { ETag: etag, ...replayed, ...waited, ...validatedOnly },
    }),
    keyProblems(texts.conflict),
    preconditionFailed,
  );

/** Documents a deletion. */
export const ApiRemoveRecord = (summary: string): MethodDecorator =>
  applyDecorators(
    HttpCode(204),
    ApiOperation({ summary }),
    ApiRecordId,
    ifMatch,
    changeReason,
    prefer,
    ApiNoContentResponse({ description: 'The record is deleted.', headers: { ...waited } }),
    preconditionFailed,
  );

/** Documents the return of a record to what it was. */
export const ApiRestoreRecord = (summary: string, document: Type, conflict: string): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiRecordId,
    ifMatch,
    idempotencyKey,
    changeReason,
    prefer,
    TakesValidateOnly,
    ApiOkResponse({
      type: document,
      description: 'The record as it is now.',
      headers: { ETag: etag, ...replayed, ...waited, ...validatedOnly },
    }),
    keyProblems(conflict),
    preconditionFailed,
  );
