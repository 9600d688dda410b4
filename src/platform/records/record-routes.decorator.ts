import { applyDecorators, Delete, Get, Patch, Post, Put, type Type } from '@nestjs/common';
import { RequireScope } from '../auth/require-scope.decorator.js';
import {
  ApiCreateRecord,
  ApiGetRecord,
  ApiListRecords,
  ApiPatchRecord,
  ApiRemoveRecord,
  ApiUpdateRecord,
} from './record-operations.decorator.js';

/**
 * The routes that the records of every resource have. Each decorator says the verb and the path, the scope that a
 * token needs, and the whole of the documentation; what the method does is the controller's.
 */
export const Records = {
  /** `GET /resource` */
  List: (scope: string, summary: string, page: Type): MethodDecorator =>
    applyDecorators(Get(), RequireScope(scope), ApiListRecords(summary, page)),

  /** `POST /resource` */
  Create: (scope: string, summary: string, document: Type): MethodDecorator =>
    applyDecorators(Post(), RequireScope(scope), ApiCreateRecord(summary, document)),

  /** `GET /resource/:id`. @param headers those that the resource computes */
  Get: (
    scope: string,
    summary: string,
    document: Type,
    headers: Parameters<typeof ApiGetRecord>[2] = {},
  ): MethodDecorator =>
    applyDecorators(Get(':id'), RequireScope(scope), ApiGetRecord(summary, document, headers)),

  /** `PUT /resource/:id` */
  Update: (scope: string, summary: string, body: Type, document: Type): MethodDecorator =>
    applyDecorators(Put(':id'), RequireScope(scope), ApiUpdateRecord(summary, body, document)),

  /** `PATCH /resource/:id` */
  Patch: (scope: string, summary: string, body: Type, document: Type): MethodDecorator =>
    applyDecorators(Patch(':id'), RequireScope(scope), ApiPatchRecord(summary, body, document)),

  /** `DELETE /resource/:id` */
  Remove: (scope: string, summary: string): MethodDecorator =>
    applyDecorators(Delete(':id'), RequireScope(scope), ApiRemoveRecord(summary)),
};
