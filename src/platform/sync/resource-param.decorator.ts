import { ApiParam } from '@nestjs/swagger';
import { positiveInteger, resourceName } from '../http/openapi/parameter-schemas.js';

/** Describes the name of a resource in a path. */
export const ResourceParam = ApiParam({
  name: 'resource',
  description: 'Plural name of the resource whose changes are sent.',
  schema: { ...resourceName, example: 'policies' },
});

/** Describes the id of a target in a path. */
export const TargetParam = ApiParam({
  name: 'id',
  description: 'Id of the target.',
  schema: { ...positiveInteger, example: 1 },
});
