import type { Type } from '@nestjs/common';
import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import {
  BooleanField,
  ChoiceField,
  exampleOf,
  IntegerField,
  JsonObjectField,
  NestedListField,
  RecordIdField,
} from '../../http/fields/index.js';
import { problemExample } from '../../http/openapi/problem-schema.js';
import type { Resource } from '../resource.js';

/** Operations that one request may have. */
export const mostOperations = 1_000;

export const operationKinds = ['create', 'update', 'delete'] as const;

/** One operation as a client sends it. */
export interface Operation {
  readonly op: (typeof operationKinds)[number];
  readonly id?: string | null;
  readonly version?: number | null;
  readonly data?: Readonly<Record<string, unknown>> | null;
}

/** The body of a bulk request. */
export interface BulkBody {
  readonly atomic?: boolean | null;
  readonly operations: readonly Operation[];
}

/** What became of one operation. */
export class OperationResultDto {
  @ChoiceField(operationKinds, { description: 'What was asked for.', example: 'update' })
  op: string;

  @RecordIdField({
    description: 'Id of the record, made by the server where the request has none.',
    example: '123',
  })
  id: string;

  @IntegerField({
    description:
      'What the operation would be answered with on its own: 201, 200, 204, or that of the problem.',
    example: 200,
  })
  status: number;

  @ApiProperty({
    description: 'The version that the record has now; not with a problem.',
    type: 'integer',
    minimum: 1,
    required: false,
    example: 3,
  })
  version?: number;

  @ApiProperty({
    description: 'Why it was not done. Pointers are into the request.',
    allOf: [{ $ref: '#/components/schemas/Problem' }],
    required: false,
  })
  problem?: object;
}

/** What became of the operations of a request. */
export class BulkResultDto {
  @ApiProperty({ type: [OperationResultDto], description: 'One for each operation, in their order.' })
  results: readonly OperationResultDto[];
}

/** Requests and their results, as the documentation shows them. */
export function bulkExamples({ bodies }: Pick<Resource, 'bodies'>) {
  const operations = [
    { op: 'create', id: '124', data: exampleOf(bodies.create) },
    { op: 'delete', id: '123', version: 2 },
  ];
  const refused = problemExample(
    'precondition-failed',
    'The record is at no version that the request accepts.',
  );
  const made = { op: 'create', id: '124', status: 201, version: 1 };
  return {
    each: { value: { operations } },
    atomic: { value: { atomic: true, operations } },
    allDone: { value: { results: [made, { op: 'delete', id: '123', status: 204, version: 3 }] } },
    oneRefused: { value: { results: [made, { op: 'delete', id: '123', status: 412, problem: refused }] } },
  };
}

/** The class of the body of a resource's bulk requests. */
export function bulkBodyOf({
  entity,
  type,
  bodies,
}: Pick<Resource, 'entity' | 'type' | 'bodies'>): Type<BulkBody> {
  class OperationDto implements Operation {
    @ChoiceField(operationKinds, { description: 'What is to be done.', example: 'update' })
    op: Operation['op'];

    @RecordIdField({
      description: `Id of the ${type}. Needed but for create; made by the server if a create has none.`,
      example: '123',
      optional: true,
    })
    id?: string | null;

    @IntegerField({
      description: 'The version that an update or delete is based on; with another one it is refused.',
      example: 2,
      min: 1,
      optional: true,
    })
    version?: number | null;

    @JsonObjectField({
      description: 'What a POST or a PUT has as its body; not of a delete.',
      optional: true,
    })
    @ApiProperty({
      anyOf: [{ $ref: getSchemaPath(bodies.create) }, { $ref: getSchemaPath(bodies.update) }],
      nullable: true,
    })
    data?: Record<string, unknown> | null;
  }
  class BulkBodyDto implements BulkBody {
    @BooleanField({
      description: 'All operations or none. Otherwise each is done, or refused, by itself.',
      default: false,
    })
    atomic?: boolean | null;

    @NestedListField(() => OperationDto, {
      description: 'The operations, each of another record.',
      min: 1,
      max: mostOperations,
    })
    operations: readonly OperationDto[];
  }
  Object.defineProperty(OperationDto, 'name', { value: `${entity.name}OperationDto` });
  Object.defineProperty(BulkBodyDto, 'name', { value: `${entity.name}BulkDto` });
  return BulkBodyDto;
}
