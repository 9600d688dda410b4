import { applyDecorators, type Type as Class } from '@nestjs/common';
import { Transform, Type } from 'class-transformer';
import { ValidateNested, validateSync } from 'class-validator';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import type { MemberProblem } from '../problems/problem.error.js';
import { type FieldOptions, field, validated } from './field.js';

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object of the client's own making, kept as it is. */
export function JsonObjectField(options: FieldOptions): PropertyDecorator {
  const rule = field(
    {
      name: 'jsonObject',
      isValid: isObject,
      sentence: 'Must be a JSON object.',
      schema: { type: 'object', additionalProperties: true },
    },
    options,
  );
  // class-transformer's copy drops members named like a method of Object, such as "toString".
  return applyDecorators(rule, Transform(asSent));
}

function asSent({ obj, key }: { obj: Record<string, unknown>; key: string }): unknown {
  return obj[key];
}

/**
 * A JSON value of a structure that no DTO class describes, kept as it is.
 *
 * @param name of the rule, unique among field decorators
 * @param problems what is wrong with a value; nothing where it is right
 * @param schema how OpenAPI describes it
 */
export function StructureField(
  name: string,
  problems: (value: unknown) => readonly MemberProblem[],
  schema: ApiPropertyOptions,
  options: FieldOptions,
): PropertyDecorator {
  const rule = field(
    {
      name,
      isValid: (value) => problems(value).length === 0,
      sentence: 'Must be a JSON object.',
      schema,
      problemsWithin: problems,
    },
    options,
  );
  return applyDecorators(rule, Transform(asSent));
}

/** An object with the members of another DTO class, given as a function so that order does not matter. */
export function NestedField(members: () => Class<object>, options: FieldOptions): PropertyDecorator {
  const sentence = 'Must be a JSON object.';
  // @nestjs/swagger calls a function for the class only if its name is "type"; this literal gives it that name.
  const schema = { type: () => members() };
  const rule = field({ name: 'nested', isValid: isObject, sentence, schema }, options);
  return applyDecorators(rule, ValidateNested({ message: sentence }), Type(members));
}

export interface NestedListOptions extends FieldOptions {
  /** Most entries. */
  readonly max: number;
  readonly min?: number;
}

/** A list of objects, each with the members of another DTO class. */
export function NestedListField(members: () => Class<object>, options: NestedListOptions): PropertyDecorator {
  const { min = 0, max } = options;
  const sentence = `Must be a list of ${min} to ${max} JSON objects.`;
  const isValid = (value: unknown): boolean =>
    Array.isArray(value) && value.length >= min && value.length <= max && value.every(isObject);
  // As above, the function must be called "type"; isArray makes it a list of that class.
  const schema = { type: () => members(), isArray: true, ...(min > 0 && { minItems: min }), maxItems: max };
  const rule = field({ name: 'nestedList', isValid, sentence, schema }, options);
  return applyDecorators(rule, ValidateNested({ each: true, message: sentence }), Type(members));
}

/**
 * A rule over several members of a nested object, beside those of its members. It has nothing to say where a
 * member is wrong in itself: the answer then names that member, not one that does not fit it.
 *
 * @param name of the rule, unique among field decorators
 */
export function WholeObject(
  name: string,
  problems: (value: Record<string, unknown>) => readonly MemberProblem[],
): PropertyDecorator {
  const within = (value: unknown) => (isObject(value) ? problems(value as Record<string, unknown>) : []);
  return validated({
    name,
    isValid: (value) => within(value).length === 0 || hasWrongMember(value as object),
    sentence: 'Its members do not fit together.',
    problemsWithin: within,
  });
}

const hasWrongMember = (value: object): boolean =>
  validateSync(value, { whitelist: true, forbidNonWhitelisted: true }).length > 0;
