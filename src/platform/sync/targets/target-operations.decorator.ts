import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
} from '@nestjs/swagger';
import { ApiProblem } from '../../http/openapi/api-problem.decorator.js';
import { problemExample } from '../../http/openapi/problem-schema.js';
import {
  changeReasonText,
  headerText,
  positiveInteger,
  resourceName,
} from '../../http/openapi/parameter-schemas.js';

const etag = {
  ETag: {
    description: 'Identifies this revision of the target, for If-Match.',
    schema: { type: 'string' as const },
    example: '"2.1"',
  },
};

const resourceParameter = ApiParam({
  name: 'resource',
  description: 'Name of the resource.',
  schema: { ...resourceName, example: 'policies' },
});

const idParameter = ApiParam({
  name: 'id',
  description: 'Id of the target.',
  schema: { ...positiveInteger, example: 7 },
});

const precondition = applyDecorators(
  ApiHeader({
    name: 'If-Match',
    description: 'Entity tag of the revision that the change is based on; another one is answered with 412.',
    required: false,
    schema: headerText,
    example: '"2.1"',
  }),
  ApiHeader({
    name: 'Change-Reason',
    description: 'Why; kept in the audit trail.',
    required: false,
    schema: changeReasonText,
  }),
  ApiProblem(412, 'The target has another revision.', [
    problemExample(
      'precondition-failed',
      'The target is at no revision that the request accepts; read it again and apply the change to what it is now.',
    ),
  ]),
);

const nameTaken = problemExample(
  'name-taken',
  'There is a target with the name cases; change it, or choose another name.',
);
const configured = ApiProblem(409, 'The environment of the service says what the target is.', [
  problemExample(
    'configured-target',
    'The target is set by the environment of the service: change it there, in SYNC_URL and SYNC_SECRET.',
  ),
]);

interface Operation {
  readonly summary: string;
  readonly description?: string;
}

/** Documents a list of targets. */
export const ApiListTargets = (operation: Operation, list: Type): MethodDecorator =>
  applyDecorators(
    ApiOperation(operation),
    resourceParameter,
    ApiOkResponse({ type: list, description: 'The targets.' }),
  );

/** Documents the making of a target. */
export const ApiCreateTarget = (operation: Operation, target: Type): MethodDecorator =>
  applyDecorators(
    ApiOperation(operation),
    resourceParameter,
    ApiCreatedResponse({
      type: target,
      description: 'The target was made.',
      headers: { ...etag, Location: { description: 'Path of the target.', schema: { type: 'string' } } },
    }),
    ApiProblem(409, 'The name is taken, or there are 20 targets.', [nameTaken]),
  );

/** Documents a read of one target. */
export const ApiGetTarget = (operation: Operation, target: Type): MethodDecorator =>
  applyDecorators(
    ApiOperation(operation),
    resourceParameter,
    idParameter,
    ApiOkResponse({ type: target, description: 'The target.', headers: etag }),
  );

/** Documents a change by PUT. */
export const ApiUpdateTarget = (operation: Operation, target: Type): MethodDecorator =>
  applyDecorators(
    ApiOperation(operation),
    resourceParameter,
    idParameter,
    precondition,
    ApiOkResponse({ type: target, description: 'The target as it is now.' }),
    ApiProblem(409, 'The name is taken, or the environment of the service says what the target is.', [
      nameTaken,
    ]),
  );

/** Documents a deletion. */
export const ApiRemoveTarget = (operation: Operation): MethodDecorator =>
  applyDecorators(
    HttpCode(204),
    ApiOperation(operation),
    resourceParameter,
    idParameter,
    precondition,
    configured,
    ApiNoContentResponse({ description: 'The target is deleted.' }),
  );

/** Documents an action on a target. */
export const ApiTargetAction = (operation: Operation, target: Type): MethodDecorator =>
  applyDecorators(
    HttpCode(200),
    ApiOperation(operation),
    resourceParameter,
    idParameter,
    precondition,
    ApiOkResponse({ type: target, description: 'The target as it is now.', headers: etag }),
  );

/** Documents the replacement of a secret. */
export const ApiRotateSecret = (operation: Operation, target: Type): MethodDecorator =>
  applyDecorators(ApiTargetAction(operation, target), configured);

/** Documents a test message. */
export const ApiTestTarget = (operation: Operation, result: Type): MethodDecorator =>
  applyDecorators(
    HttpCode(200),
    ApiOperation(operation),
    resourceParameter,
    idParameter,
    ApiOkResponse({ type: result, description: 'What came of it.' }),
  );
